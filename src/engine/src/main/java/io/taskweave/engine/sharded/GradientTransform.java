package io.taskweave.engine.sharded;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.GradientCombination;
import java.io.Serializable;

/** What combination and clipping make of the gradients: a matrix over the tasks, a factor each. */
final class GradientTransform implements Serializable {
  private static final long serialVersionUID = 1;

  private final float[][] shared;
  private final float[] factors;
  private final boolean diagonal;

  private GradientTransform(float[][] shared, float[] factors) {
    this.shared = shared;
    this.factors = factors;
    this.diagonal = isDiagonal(shared);
  }

  private static boolean isDiagonal(float[][] shared) {
    for (int i = 0; i < shared.length; i++) {
      for (int k = 0; k < shared.length; k++) {
        if (i != k && shared[i][k] != 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** Leaves gradients as they are. */
  static GradientTransform identity(int tasks) {
    float[][] shared = new float[tasks][tasks];
    float[] factors = new float[tasks];
    for (int task = 0; task < tasks; task++) {
      shared[task][task] = 1;
      factors[task] = 1;
    }
    return new GradientTransform(shared, factors);
  }

  /**
   * @param key decides what is random in the combination
   */
  static GradientTransform of(
      GradientCombination combination,
      GradientClipping clipping,
      GradientProducts products,
      long key) {
    double[][] values = products.sharedValues();
    double[][] coefficients = combination.coefficients(values, key);
    double[] factors = clipping.factors(coefficients, values, products.singleValues());
    int tasks = factors.length;
    float[][] shared = new float[tasks][tasks];
    float[] single = new float[tasks];
    for (int task = 0; task < tasks; task++) {
      single[task] = (float) factors[task];
      for (int k = 0; k < tasks; k++) {
        shared[task][k] = (float) (factors[task] * coefficients[task][k]);
      }
    }
    return new GradientTransform(shared, single);
  }

  /** Factor of a task's gradient of its own weights. */
  float factor(int task) {
    return factors[task];
  }

  /** Multiplies gradients of a task's own weights by its factor. */
  void applySingle(int task, float[] gradients, int offset, int weights) {
    float factor = factors[task];
    if (factor != 1) {
      for (int i = offset; i < offset + weights; i++) {
        gradients[i] *= factor;
      }
    }
  }

  /** Replaces gradients [weights, tasks] by their combinations. */
  void applyShared(float[] gradients, int offset, int weights) {
    int tasks = factors.length;
    if (diagonal) {
      for (int task = 0; task < tasks; task++) {
        scale(gradients, offset + task, weights, shared[task][task]);
      }
    } else {
      combine(gradients, offset, weights);
    }
  }

  private void scale(float[] gradients, int first, int weights, float factor) {
    int tasks = factors.length;
    if (factor != 1) {
      for (int i = first; i < first + weights * tasks; i += tasks) {
        gradients[i] *= factor;
      }
    }
  }

  private void combine(float[] gradients, int offset, int weights) {
    int tasks = factors.length;
    float[] before = new float[tasks];
    for (int weight = 0; weight < weights; weight++) {
      int place = offset + weight * tasks;
      System.arraycopy(gradients, place, before, 0, tasks);
      for (int i = 0; i < tasks; i++) {
        float sum = 0;
        for (int k = 0; k < tasks; k++) {
          sum += shared[i][k] * before[k];
        }
        gradients[place + i] = sum;
      }
    }
  }
}
