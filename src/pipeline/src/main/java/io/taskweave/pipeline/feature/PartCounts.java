package io.taskweave.pipeline.feature;

import java.io.Serializable;

/** Counts of the samples of one part of the split, of some days and streams or of all. */
final class PartCounts implements Serializable {
  private static final long serialVersionUID = 1;

  final String split;
  long rows;

  /** By task. */
  final long[] labelled;

  final long[] positives;

  /** By field that has ids: rows without a value, values that are unknown, and all values. */
  final long[] missing;

  final long[] unknown;
  final long[] values;

  PartCounts(String split, int tasks, int fields) {
    this.split = split;
    labelled = new long[tasks];
    positives = new long[tasks];
    missing = new long[fields];
    unknown = new long[fields];
    values = new long[fields];
  }

  void add(PartCounts other) {
    rows += other.rows;
    add(labelled, other.labelled);
    add(positives, other.positives);
    add(missing, other.missing);
    add(unknown, other.unknown);
    add(values, other.values);
  }

  private static void add(long[] sums, long[] others) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += others[i];
    }
  }
}
