package io.taskweave.engine.sharded;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.GradientCombination;
import io.taskweave.core.parameter.Parameter;
import java.io.Serializable;

/**
 * What combination and clipping want to know of one step's gradients: the inner products of the
 * tasks', or no more than the squared norm of each or of their sum. A thread collects its own part.
 */
final class StepProducts implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int BLOCK = 1024;

  private final GradientCombination combination;
  private final GradientClipping clipping;
  private final int tasks;
  private final GradientProducts products;

  StepProducts(GradientCombination combination, GradientClipping clipping, int tasks) {
    this.combination = combination;
    this.clipping = clipping;
    this.tasks = tasks;
    this.products = new GradientProducts(tasks);
  }

  /** The first of the tasks that reach a parameter; without slots it stands for all of them. */
  static int taskOf(Parameter parameter) {
    int task = 0;
    while (!parameter.reachedBy(task)) {
      task++;
    }
    return task;
  }

  /** Adds weights with one gradient, which belongs to a task alone or is a sum over tasks. */
  void addSingle(float[] gradients, int offset, int weights, int task) {
    products.single(task).add(gradients, offset, weights);
  }

  /**
   * Adds weights with a gradient a task.
   *
   * @param gradients [weights, tasks] from {@code offset} on
   */
  void addShared(float[] gradients, int offset, int weights) {
    boolean cross = combination.needsProducts();
    if (!cross && clipping.needsProducts()) {
      addSum(gradients, offset, weights);
      return;
    }
    for (int i = 0; i < tasks; i++) {
      for (int k = i; k < (cross ? tasks : i + 1); k++) {
        products.shared(i, k).add(gradients, offset + i, offset + k, tasks, weights);
      }
    }
  }

  /** The norm of the sum is one of a single gradient, whichever task it counts for. */
  private void addSum(float[] gradients, int offset, int weights) {
    ProductSum squares = products.single(0);
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
      squares.add(sums, 0, count);
    }
  }

  void add(StepProducts part) {
    products.add(part.products);
  }

  /**
   * @param key decides what is random in the combination
   */
  GradientTransform transform(long key) {
    return GradientTransform.of(combination, clipping, products, key);
  }
}
