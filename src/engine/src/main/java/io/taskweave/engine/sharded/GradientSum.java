package io.taskweave.engine.sharded;

import io.taskweave.core.layer.Vectors;

/**
 * Sums a task's gradients of one view of the touched rows, reader after reader. Readers come in the
 * order in which they were served, so that rows come first in the order of their positions: the
 * first gradient of each is told by that and copied, and nothing need be zeroed.
 */
final class GradientSum {
  private final float[] sums;
  private final int width;
  private final int tasks;
  private final int task;
  private int begun;

  /**
   * @param sums [rows, width, tasks]
   * @param begun rows that hold a sum already
   */
  GradientSum(float[] sums, int width, int tasks, int task, int begun) {
    this.sums = sums;
    this.width = width;
    this.tasks = tasks;
    this.task = task;
    this.begun = begun;
  }

  /**
   * Adds one reader's gradient of a row.
   *
   * @param gradient [width] from {@code offset} on
   */
  void add(int position, float[] gradient, int offset) {
    if (position > begun) {
      throw new IllegalStateException(
          "Cannot sum gradients: row " + position + " comes before row " + begun);
    }
    boolean first = position == begun;
    if (first) {
      begun++;
    }
    int to = position * width * tasks + task;
    if (tasks > 1) {
      addStrided(to, gradient, offset, first);
    } else if (first) {
      System.arraycopy(gradient, offset, sums, to, width);
    } else {
      Vectors.add(sums, to, gradient, offset, width);
    }
  }

  private void addStrided(int to, float[] gradient, int offset, boolean first) {
    for (int i = 0; i < width; i++) {
      float before = first ? 0 : sums[to + i * tasks];
      sums[to + i * tasks] = before + gradient[offset + i];
    }
  }
}
