package io.taskweave.engine.sharded;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.GradientCombination;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.engine.training.ProductSum;
import java.io.Serializable;
import java.util.Arrays;

/**
 * Squared norms of one step's gradients, and the factors that clipping makes of them: of the sum of
 * all gradients, or of each task's. A thread collects its own part.
 */
final class Clipping implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int BLOCK = 1024;

  private final GradientClipping clipping;
  private final ProductSum[] squares;

  Clipping(GradientClipping clipping, int tasks) {
    this.clipping = clipping;
    this.squares = new ProductSum[tasks];
    Arrays.setAll(squares, task -> new ProductSum());
  }

  /** The first of the tasks that reach a parameter; without slots it stands for all of them. */
  static int taskOf(Parameter parameter) {
    int task = 0;
    while (!parameter.reachedBy(task)) {
      task++;
    }
    return task;
  }

  private boolean perTask() {
    return clipping.kind() == GradientClipping.Kind.PER_TASK;
  }

  /** Adds weights with one gradient, which belongs to a task alone or is a sum over tasks. */
  void addSingle(float[] gradients, int offset, int weights, int task) {
    squares[perTask() ? task : 0].add(gradients, offset, weights);
  }

  /**
   * Adds weights with a gradient a task.
   *
   * @param gradients [weights, tasks] from {@code offset} on
   */
  void addShared(float[] gradients, int offset, int weights) {
    int tasks = squares.length;
    if (perTask()) {
      for (int task = 0; task < tasks; task++) {
        squares[task].add(gradients, offset + task, offset + task, tasks, weights);
      }
      return;
    }
    float[] sums = new float[Math.min(BLOCK, weights)];
    for (int from = 0; from < weights; from += BLOCK) {
      int count = Math.min(BLOCK, weights - from);
      for (int i = 0; i < count; i++) {
        float whole = 0;
        for (int task = 0; task < tasks; task++) {
          whole += gradients[offset + (from + i) * tasks + task];
        }
        sums[i] = whole;
      }
      squares[0].add(sums, 0, count);
    }
  }

  void add(Clipping part) {
    for (int task = 0; task < squares.length; task++) {
      squares[task].add(part.squares[task]);
    }
  }

  /** Factor of each task's gradients. */
  float[] factors() {
    int tasks = squares.length;
    double[] values = Arrays.stream(squares).mapToDouble(ProductSum::value).toArray();
    double[] factors =
        clipping.factors(GradientCombination.identity(tasks), new double[tasks][tasks], values);
    float[] rounded = new float[tasks];
    for (int task = 0; task < tasks; task++) {
      rounded[task] = (float) factors[task];
    }
    return rounded;
  }

  /** Multiplies gradients with one slot by their task's factor. */
  static void scaleSingle(float[] gradients, int offset, int weights, float factor) {
    if (factor != 1) {
      for (int i = offset; i < offset + weights; i++) {
        gradients[i] *= factor;
      }
    }
  }

  /** Multiplies gradients [weights, tasks] by the tasks' factors. */
  static void scaleShared(float[] gradients, int offset, int weights, float[] factors) {
    for (int task = 0; task < factors.length; task++) {
      if (factors[task] != 1) {
        for (int i = offset + task; i < offset + weights * factors.length; i += factors.length) {
          gradients[i] *= factors[task];
        }
      }
    }
  }
}
