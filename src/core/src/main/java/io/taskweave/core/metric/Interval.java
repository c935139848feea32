package io.taskweave.core.metric;

import java.util.Arrays;

/**
 * The central 95 percent of bootstrap replicates (percentile interval).
 *
 * @param low NaN without a defined replicate
 * @param high NaN without a defined replicate
 */
public record Interval(double low, double high) {
  private static final double TAIL = 0.025;

  /** Undefined replicates (NaN) are left out. */
  public static Interval of(double[] replicates) {
    double[] sorted = Arrays.stream(replicates).filter(Double::isFinite).sorted().toArray();
    return sorted.length == 0
        ? new Interval(Double.NaN, Double.NaN)
        : new Interval(quantile(sorted, TAIL), quantile(sorted, 1 - TAIL));
  }

  private static double quantile(double[] sorted, double share) {
    double position = share * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
