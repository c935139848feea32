package io.taskweave.engine.training;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.GradientCombination;
import java.io.Serializable;

/** What combination and clipping make of the gradients: a matrix over the tasks, a factor each. */
final class GradientTransform implements Serializable {
  private static final long serialVersionUID = 1;

  private final float[][] shared;
  private final float[] factors;

  private GradientTransform(float[][] shared, float[] factors) {
    this.shared = shared;
    this.factors = factors;
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

  boolean changesShared() {
    for (int i = 0; i < factors.length; i++) {
      for (int k = 0; k < factors.length; k++) {
        if (shared[i][k] != (i == k ? 1 : 0)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Replaces gradients [weights, tasks] by their combinations. */
  void apply(float[] gradients, int offset, int weights) {
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
