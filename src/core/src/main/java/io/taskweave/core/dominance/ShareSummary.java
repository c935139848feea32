package io.taskweave.core.dominance;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The tasks' shares over many elements. Summaries of parts merge into that of the whole, so no
 * share leaves the partition that holds its element.
 *
 * <p>Shares are counted in {@value #FINE} equal bins of [0, 1], the last one closed. Percentiles
 * come from these bins and are off by at most one of their widths; means and counts of dominated
 * elements are of the shares themselves.
 */
public final class ShareSummary implements Serializable {
  /** Bins of {@link #histogram}. */
  public static final int BINS = 20;

  /** A task with more than this share of an element dominates it. */
  public static final double DOMINATED_ABOVE = 0.9;

  private static final long serialVersionUID = 1;
  private static final int FINE = 1000;

  private final long[][] counts;
  private final double[] sums;
  private final long[] dominated;
  private long elements;

  public ShareSummary(int tasks) {
    counts = new long[tasks][FINE];
    sums = new double[tasks];
    dominated = new long[tasks];
  }

  /** Takes the shares of one element. */
  public void add(double[] shares) {
    elements++;
    for (int task = 0; task < counts.length; task++) {
      counts[task][Math.min(FINE - 1, (int) (shares[task] * FINE))]++;
      sums[task] += shares[task];
      dominated[task] += shares[task] > DOMINATED_ABOVE ? 1 : 0;
    }
  }

  /** Adds the elements of another summary of the same tasks. */
  public ShareSummary merge(ShareSummary other) {
    elements += other.elements;
    for (int task = 0; task < counts.length; task++) {
      for (int bin = 0; bin < FINE; bin++) {
        counts[task][bin] += other.counts[task][bin];
      }
      sums[task] += other.sums[task];
      dominated[task] += other.dominated[task];
    }
    return this;
  }

  public int tasks() {
    return counts.length;
  }

  /** Elements that at least one task has moved. */
  public long elements() {
    return elements;
  }

  /** Mean share of a task; NaN without elements. */
  public double mean(int task) {
    return sums[task] / elements;
  }

  /**
   * Percentile of a task's shares, as if they lay evenly within each fine bin; NaN without
   * elements.
   *
   * @param percent in [0, 100]
   */
  public double percentile(int task, double percent) {
    if (elements == 0) {
      return Double.NaN;
    }
    double wanted = percent / 100 * elements;
    double below = 0;
    for (int bin = 0; bin < FINE; bin++) {
      long here = counts[task][bin];
      if (here > 0 && below + here >= wanted) {
        return (bin + Math.max(0, wanted - below) / here) / FINE;
      }
      below += here;
    }
    return 1;
  }

  /** Part of the elements that a task dominates; NaN without elements. */
  public double dominated(int task) {
    return (double) dominated[task] / elements;
  }

  /** Part of the elements that any one task dominates; NaN without elements. */
  public double dominated() {
    return (double) Arrays.stream(dominated).sum() / elements;
  }

  /** Elements by a task's share, in {@value #BINS} equal bins of [0, 1]. */
  public long[] histogram(int task) {
    long[] histogram = new long[BINS];
    for (int bin = 0; bin < FINE; bin++) {
      histogram[bin * BINS / FINE] += counts[task][bin];
    }
    return histogram;
  }
}
