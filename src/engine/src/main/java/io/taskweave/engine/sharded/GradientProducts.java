package io.taskweave.engine.sharded;

import java.io.Serializable;

/** Inner products of the tasks' gradients, of one part or of all. */
final class GradientProducts implements Serializable {
  private static final long serialVersionUID = 1;

  private final ProductSum[][] shared;
  private final ProductSum[] single;

  GradientProducts(int tasks) {
    shared = new ProductSum[tasks][tasks];
    single = new ProductSum[tasks];
    for (int i = 0; i < tasks; i++) {
      single[i] = new ProductSum();
      for (int k = i; k < tasks; k++) {
        shared[i][k] = new ProductSum();
        shared[k][i] = shared[i][k];
      }
    }
  }

  /** Over weights that several tasks reach. */
  ProductSum shared(int task, int other) {
    return shared[task][other];
  }

  /** Squares over weights of one task. */
  ProductSum single(int task) {
    return single[task];
  }

  void add(GradientProducts other) {
    for (int i = 0; i < single.length; i++) {
      single[i].add(other.single[i]);
      for (int k = i; k < single.length; k++) {
        shared[i][k].add(other.shared[i][k]);
      }
    }
  }

  double[][] sharedValues() {
    double[][] values = new double[single.length][single.length];
    for (int i = 0; i < values.length; i++) {
      for (int k = 0; k < values.length; k++) {
        values[i][k] = shared[i][k].value();
      }
    }
    return values;
  }

  double[] singleValues() {
    double[] values = new double[single.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = single[i].value();
    }
    return values;
  }
}
