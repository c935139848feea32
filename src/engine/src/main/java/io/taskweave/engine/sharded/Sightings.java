package io.taskweave.engine.sharded;

import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * How many steps have held each id of a table that has no row of its own yet. Not for several
 * threads at once.
 */
final class Sightings {
  private final IdIndex index = new IdIndex(0);
  private int[] counts = {};
  private int[] lastSteps = {};

  int ids() {
    return index.size();
  }

  long id(int slot) {
    return index.id(slot);
  }

  int count(int slot) {
    return counts[slot];
  }

  int lastStep(int slot) {
    return lastSteps[slot];
  }

  /**
   * Counts a step that holds an id, once however many threads read it.
   *
   * @return steps so far that have held it
   */
  int see(long id, int step) {
    int slot = index.find(id);
    if (slot == IdIndex.NONE) {
      slot = append(id, 0, step - 1);
    }
    if (lastSteps[slot] < step) {
      lastSteps[slot] = step;
      counts[slot]++;
    }
    return counts[slot];
  }

  /** Takes in what is known of an id that has not been seen here. */
  int append(long id, int count, int lastStep) {
    if (index.size() == index.capacity()) {
      int grown = Math.max(64, index.capacity() + index.capacity() / 2);
      index.reserve(grown);
      counts = Arrays.copyOf(counts, grown);
      lastSteps = Arrays.copyOf(lastSteps, grown);
    }
    int slot = index.add(id);
    counts[slot] = count;
    lastSteps[slot] = lastStep;
    return slot;
  }

  /**
   * Forgets ids.
   *
   * @param admitted whether an id has a row by now
   * @param since ids that were last seen before this step are forgotten too
   */
  void forget(LongPredicate admitted, long since) {
    int[] kept = new int[index.size()];
    int count = 0;
    for (int slot = 0; slot < index.size(); slot++) {
      if (lastSteps[slot] >= since && !admitted.test(index.id(slot))) {
        counts[count] = counts[slot];
        lastSteps[count] = lastSteps[slot];
        kept[count++] = slot;
      }
    }
    index.keep(kept, count);
  }

  /** Bytes of so many ids, array headers left out. */
  static long bytes(long ids) {
    return IdIndex.bytes(ids) + 2L * Integer.BYTES * ids;
  }
}
