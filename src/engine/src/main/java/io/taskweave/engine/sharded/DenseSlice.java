package io.taskweave.engine.sharded;

/**
 * A part of the dense weights: a range of those with a gradient a task, and one of the others.
 * Places are those of the weights.
 */
record DenseSlice(int sharedFrom, int sharedTo, int singleFrom, int singleTo) {
  static DenseSlice whole(DenseLayout layout) {
    return new DenseSlice(0, layout.shared(), layout.shared(), layout.size());
  }

  /** The i-th of {@code count} parts that are about as long. */
  DenseSlice part(int i, int count) {
    return new DenseSlice(
        cut(sharedFrom, sharedTo, i, count),
        cut(sharedFrom, sharedTo, i + 1, count),
        cut(singleFrom, singleTo, i, count),
        cut(singleFrom, singleTo, i + 1, count));
  }

  private static int cut(int from, int to, int i, int count) {
    return from + (int) ((long) (to - from) * i / count);
  }

  int shared() {
    return sharedTo - sharedFrom;
  }

  int single() {
    return singleTo - singleFrom;
  }
}
