package io.taskweave.engine.sharded;

import io.taskweave.core.error.RetryException;

/**
 * Dense gradients and weights as executors exchange them: as many slices of one length as there are
 * executors. A slice holds what its owner updates and ends with a stamp of the step, so that what
 * is missing in a sum, or was left from another step, does not pass for whole.
 */
final class DensePacking {
  /** Sums of so many are exact in a float for 255 executors. */
  private static final int STAMPS = 1 << 16;

  private final DenseLayout layout;
  private final int executors;
  private final int shared;
  private final float[] gradients;
  private final float[] weights;

  DensePacking(DenseLayout layout, int executors) {
    this.layout = layout;
    this.executors = executors;
    this.shared = ceil(layout.shared(), executors);
    this.gradients = new float[executors > 1 ? gradientFloats(layout, executors) : 0];
    this.weights = new float[executors > 1 ? weightFloats(layout, executors) : 0];
  }

  private static int ceil(int count, int parts) {
    return (count + parts - 1) / parts;
  }

  static int gradientFloats(DenseLayout layout, int executors) {
    int shared = Math.multiplyExact(ceil(layout.shared(), executors), layout.tasks());
    return Math.multiplyExact(
        executors, shared + ceil(layout.size() - layout.shared(), executors) + 1);
  }

  static int weightFloats(DenseLayout layout, int executors) {
    return Math.multiplyExact(
        executors,
        ceil(layout.shared(), executors) + ceil(layout.size() - layout.shared(), executors) + 1);
  }

  private int gradientSlice() {
    return gradients.length / executors;
  }

  private int weightSlice() {
    return weights.length / executors;
  }

  private static float stamp(long step) {
    return 1 + step % STAMPS;
  }

  /** All slices of this executor's gradient. */
  float[] gradients(DensePart dense, long step) {
    float[] source = dense.gradient();
    for (int executor = 0; executor < executors; executor++) {
      DenseSlice slice = DenseSlice.whole(layout).part(executor, executors);
      int to = executor * gradientSlice();
      int tasks = layout.tasks();
      System.arraycopy(
          source, dense.place(slice.sharedFrom()), gradients, to, slice.shared() * tasks);
      System.arraycopy(
          source, dense.place(slice.singleFrom()), gradients, to + shared * tasks, slice.single());
      gradients[to + gradientSlice() - 1] = stamp(step);
    }
    return gradients;
  }

  /**
   * Takes in the sum over all executors of their slices for this one.
   *
   * @throws RetryException if one's was missing or of another step
   */
  void takeGradient(float[] sum, int offset, DensePart dense, long step) {
    require(sum[offset + gradientSlice() - 1] == executors * stamp(step), "gradients", step);
    DenseSlice own = dense.own();
    int tasks = layout.tasks();
    System.arraycopy(
        sum, offset, dense.gradient(), dense.place(own.sharedFrom()), own.shared() * tasks);
    System.arraycopy(
        sum,
        offset + shared * tasks,
        dense.gradient(),
        dense.place(own.singleFrom()),
        own.single());
  }

  /** Room for all slices of the weights. */
  float[] weights() {
    return weights;
  }

  /** Copies the weights that an executor updates into the place of its slice. */
  void putWeights(DensePart dense, int executor, long step, float[] target, int offset) {
    DenseSlice slice = DenseSlice.whole(layout).part(executor, executors);
    System.arraycopy(dense.weights(), slice.sharedFrom(), target, offset, slice.shared());
    System.arraycopy(dense.weights(), slice.singleFrom(), target, offset + shared, slice.single());
    target[offset + weightSlice() - 1] = stamp(step);
  }

  /** All slices of weights that every executor knows. */
  float[] allWeights(DensePart dense, long step) {
    for (int executor = 0; executor < executors; executor++) {
      putWeights(dense, executor, step, weights, executor * weightSlice());
    }
    return weights;
  }

  /**
   * Takes in all slices, as they lie in {@link #weights()}.
   *
   * @throws RetryException if one is of another step
   */
  void takeWeights(DensePart dense, long step) {
    for (int executor = 0; executor < executors; executor++) {
      DenseSlice slice = DenseSlice.whole(layout).part(executor, executors);
      int offset = executor * weightSlice();
      require(weights[offset + weightSlice() - 1] == stamp(step), "weights", step);
      System.arraycopy(weights, offset, dense.weights(), slice.sharedFrom(), slice.shared());
      System.arraycopy(
          weights, offset + shared, dense.weights(), slice.singleFrom(), slice.single());
    }
  }

  private static void require(boolean whole, String what, long step) {
    if (!whole) {
      throw lost(what, step, null);
    }
  }

  static RetryException lost(String what, long step, Exception cause) {
    return new RetryException(
        "Cannot go on training: dense "
            + what
            + " of an executor were lost (at step "
            + step
            + "), resume from the last checkpoint",
        cause);
  }
}
