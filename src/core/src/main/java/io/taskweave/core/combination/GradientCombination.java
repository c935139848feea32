package io.taskweave.core.combination;

import java.io.Serializable;

/**
 * What is done to the tasks' gradients of shared weights before the update. Every combination here
 * is linear: its result is a matrix times the gradients, and the matrix depends on their inner
 * products alone.
 */
public sealed interface GradientCombination extends Serializable permits SumOfGradients, PcGrad {
  /** Name in configurations. */
  String type();

  /** Whether it needs the inner products of different tasks' gradients. */
  boolean needsProducts();

  /**
   * The new gradient of task i is the sum over k of element [i][k] times the gradient of task k.
   *
   * @param products [tasks][tasks]: inner products of the gradients over all shared weights
   * @param key decides what is random: same key, same choice
   */
  double[][] coefficients(double[][] products, long key);

  /** The matrix that changes nothing. */
  static double[][] identity(int tasks) {
    double[][] coefficients = new double[tasks][tasks];
    for (int task = 0; task < tasks; task++) {
      coefficients[task][task] = 1;
    }
    return coefficients;
  }
}
