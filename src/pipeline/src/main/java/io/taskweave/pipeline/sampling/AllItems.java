package io.taskweave.pipeline.sampling;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Every item of the log, whatever the time, by weights. */
final class AllItems implements Candidates {
  private static final long serialVersionUID = 1;

  /** Sums of the weights up to and with an item. */
  private final long[] cumulative;

  private AllItems(long[] cumulative) {
    this.cumulative = cumulative;
  }

  /** Items that are all alike. */
  static AllItems alike(int items) {
    return new AllItems(IntStream.rangeClosed(1, items).asLongStream().toArray());
  }

  /**
   * @param weights one positive weight an item
   */
  static AllItems weighted(long[] weights) {
    long[] sums = weights.clone();
    Arrays.parallelPrefix(sums, Math::addExact);
    return new AllItems(sums);
  }

  @Override
  public int draw(long time, double uniform) {
    long total = cumulative[cumulative.length - 1];
    long rank = (long) (uniform * total);
    int found = Arrays.binarySearch(cumulative, rank);
    // The first item whose sum lies above the rank.
    return found >= 0 ? found + 1 : -found - 1;
  }

  @Override
  public int[] all(long time) {
    return IntStream.range(0, cumulative.length).toArray();
  }

  @Override
  public long weight(int item) {
    return cumulative[item] - (item == 0 ? 0 : cumulative[item - 1]);
  }
}
