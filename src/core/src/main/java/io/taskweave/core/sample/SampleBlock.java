package io.taskweave.core.sample;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Samples in columns of primitives. Per sample it takes 4 bytes a categorical or numeric field, 4
 * bytes plus 4 a value for a multi-valued one, 1 a task, 8 for the sample id, 4 for the weight, 8 a
 * sequence, and 8 for the time if a sequence has times; what a sample sees of a history is not
 * copied to it. Arrays are shared, not copied: a block is written by its {@link SampleBlockBuilder}
 * only.
 */
public final class SampleBlock implements Serializable {
  /** Label of a task that was not observed for a sample. It takes no part in loss and metrics. */
  public static final byte MISSING = -1;

  private static final long serialVersionUID = 1;

  private final SampleLayout layout;
  private final int rows;
  private final long[] sampleIds;
  private final int[][] ids;
  private final int[][] starts;
  private final float[][] numbers;
  private final byte[][] labels;
  private final float[] weights;
  private final long[] times;
  private final HistoryColumns[] histories;
  private final int[][] historyStarts;
  private final int[][] historyEnds;

  SampleBlock(
      SampleLayout layout,
      int rows,
      long[] sampleIds,
      int[][] ids,
      int[][] starts,
      float[][] numbers,
      byte[][] labels,
      float[] weights,
      long[] times,
      HistoryColumns[] histories,
      int[][] historyStarts,
      int[][] historyEnds) {
    this.layout = layout;
    this.rows = rows;
    this.sampleIds = sampleIds;
    this.ids = ids;
    this.starts = starts;
    this.numbers = numbers;
    this.labels = labels;
    this.weights = weights;
    this.times = times;
    this.histories = histories;
    this.historyStarts = historyStarts;
    this.historyEnds = historyEnds;
  }

  public SampleLayout layout() {
    return layout;
  }

  public int rows() {
    return rows;
  }

  /** One id a row. */
  public long[] sampleIds() {
    return sampleIds;
  }

  /**
   * Ids of a categorical field, one a row; or the values of a multi-valued one, addressed by {@link
   * #starts}.
   */
  public int[] ids(int field) {
    return ids[field];
  }

  /**
   * For a multi-valued field: row r holds the values from {@code starts[r]} to {@code starts[r +
   * 1]}.
   */
  public int[] starts(int field) {
    return starts[field];
  }

  /** Values of a numeric field, one a row. */
  public float[] numbers(int field) {
    return numbers[field];
  }

  /** Labels of a task: 0, 1 or {@link #MISSING}. */
  public byte[] labels(int task) {
    return labels[task];
  }

  public float[] weights() {
    return weights;
  }

  /** Times of the samples in epoch milliseconds, or null if no sequence has times. */
  public long[] times() {
    return times;
  }

  /** The events that {@link #historyStarts} and {@link #historyEnds} of a sequence point into. */
  public HistoryColumns history(int sequence) {
    return histories[sequence];
  }

  /**
   * Row r sees the events from {@code historyStarts[r]} to before {@code historyEnds[r]}, oldest
   * first: at most the sequence's maximum length, and none for a user without history.
   */
  public int[] historyStarts(int sequence) {
    return historyStarts[sequence];
  }

  /** See {@link #historyStarts}. */
  public int[] historyEnds(int sequence) {
    return historyEnds[sequence];
  }

  /** Bytes on the heap, array headers left out. */
  public long bytes() {
    long bytes = 8L * sampleIds.length + 4L * weights.length;
    bytes += times == null ? 0 : 8L * times.length;
    for (int sequence = 0; sequence < histories.length; sequence++) {
      bytes += histories[sequence].bytes();
      bytes += 4L * historyStarts[sequence].length + 4L * historyEnds[sequence].length;
    }
    for (int field = 0; field < ids.length; field++) {
      bytes += ids[field] == null ? 0 : 4L * ids[field].length;
      bytes += starts[field] == null ? 0 : 4L * starts[field].length;
      bytes += numbers[field] == null ? 0 : 4L * numbers[field].length;
    }
    for (byte[] column : labels) {
      bytes += column.length;
    }
    return bytes;
  }

  @Override
  public String toString() {
    return "SampleBlock[" + rows + " rows, " + Arrays.toString(layout.tasks().toArray()) + "]";
  }
}
