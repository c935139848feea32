package io.taskweave.pipeline.sampling;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.random.CounterRandom;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Optional;

/**
 * The negatives of an event: a function of the seed and its sample id, so that they do not depend
 * on partitions or the order of rows.
 */
final class NegativeDraws implements Serializable {
  private static final long serialVersionUID = 1;

  /** Draws by rejection before every candidate is looked at. */
  private static final int PATIENCE = 64;

  private final Candidates candidates;
  private final int count;
  private final boolean leaveOut;
  private final long key;

  /**
   * @param leaveOut whether an event whose pool has too few items gets none; else it is refused
   */
  NegativeDraws(Candidates candidates, int count, boolean leaveOut, long seed) {
    this.candidates = candidates;
    this.count = count;
    this.leaveOut = leaveOut;
    this.key = CounterRandom.mix(seed, CounterRandom.hash("negatives"));
  }

  /**
   * Places of the negatives, all different and none of the user's.
   *
   * @param own places of every item of the user, ascending
   * @return empty for an event that is left out
   * @throws InputRejectedException if the pool of the event has too few
   */
  Optional<int[]> of(long sampleId, long time, int[] own) {
    long eventKey = CounterRandom.mix(key, sampleId);
    int[] drawn = new int[count];
    int found = 0;
    long counter = 0;
    while (found < count && counter < (long) PATIENCE * count) {
      int item = candidates.draw(time, CounterRandom.uniform(eventKey, counter++));
      if (item != Candidates.NONE && isFree(item, own, drawn, found)) {
        drawn[found++] = item;
      }
    }
    return found == count
        ? Optional.of(drawn)
        : drawRest(sampleId, time, own, drawn, found, eventKey);
  }

  private Optional<int[]> drawRest(
      long sampleId, long time, int[] own, int[] drawn, int found, long eventKey) {
    int[] all = candidates.all(time);
    int[] sorted = all.clone();
    Arrays.sort(sorted);
    int taken = found;
    for (long counter = (long) PATIENCE * count; taken < count; counter++) {
      int already = taken;
      int[] left =
          Arrays.stream(sorted).filter(item -> isFree(item, own, drawn, already)).toArray();
      if (left.length == 0 && leaveOut) {
        return Optional.empty();
      }
      if (left.length == 0) {
        throw new InputRejectedException(
            String.format(
                "Cannot sample negatives of event %d at %d: its pool has %d items, of which the"
                    + " user has not met %d, but %d are wanted; widen the pool, ask for fewer or"
                    + " leave such events out",
                sampleId, time, all.length, taken, count));
      }
      long total = Arrays.stream(left).mapToLong(candidates::weight).sum();
      long rank = (long) (CounterRandom.uniform(eventKey, counter) * total);
      int place = 0;
      while (rank >= candidates.weight(left[place])) {
        rank -= candidates.weight(left[place++]);
      }
      drawn[taken++] = left[place];
    }
    return Optional.of(drawn);
  }

  private static boolean isFree(int item, int[] own, int[] drawn, int found) {
    if (Arrays.binarySearch(own, item) >= 0) {
      return false;
    }
    for (int i = 0; i < found; i++) {
      if (drawn[i] == item) {
        return false;
      }
    }
    return true;
  }
}
