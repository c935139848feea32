package io.taskweave.core.combination;

import io.taskweave.core.random.CounterRandom;

/**
 * PCGrad (Yu et al., Gradient Surgery for Multi-Task Learning, NeurIPS 2020): the gradient of each
 * task loses, in random order of the other tasks, its component against the original gradient of
 * every task that it conflicts with. Here only shared weights count and change.
 */
public record PcGrad() implements GradientCombination {
  public static final String TYPE = "pcgrad";

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public boolean needsProducts() {
    return true;
  }

  @Override
  public double[][] coefficients(double[][] products, long key) {
    int tasks = products.length;
    double[][] coefficients = GradientCombination.identity(tasks);
    for (int task = 0; task < tasks; task++) {
      double[] own = coefficients[task];
      for (int other : order(tasks, CounterRandom.mix(key, task))) {
        double product = 0;
        for (int k = 0; k < tasks; k++) {
          product += own[k] * products[k][other];
        }
        if (other != task && product < 0) {
          own[other] -= product / products[other][other];
        }
      }
    }
    return coefficients;
  }

  private static int[] order(int tasks, long key) {
    int[] order = new int[tasks];
    for (int i = 0; i < tasks; i++) {
      int other = (int) (CounterRandom.uniform(key, i) * (i + 1));
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }
}
