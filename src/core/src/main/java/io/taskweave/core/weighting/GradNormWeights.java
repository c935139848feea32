package io.taskweave.core.weighting;

import java.util.Arrays;

/**
 * Weights of sum T, and each task's first loss; a step that lacks a task's labels teaches nothing.
 */
final class GradNormWeights implements LossWeights {
  private static final double LEAST_WEIGHT = 1e-3;

  private final LossWeighting.GradNorm settings;
  private final double[] weights;
  private final double[] firstLosses;

  GradNormWeights(LossWeighting.GradNorm settings, int tasks, double[] state) {
    this.settings = settings;
    this.weights = new double[tasks];
    this.firstLosses = new double[tasks];
    if (state.length == 0) {
      Arrays.fill(weights, 1);
    } else {
      System.arraycopy(state, 0, weights, 0, tasks);
      System.arraycopy(state, tasks, firstLosses, 0, tasks);
    }
  }

  @Override
  public double[] current() {
    return weights.clone();
  }

  @Override
  public void observe(StepLosses step) {
    int tasks = weights.length;
    for (boolean seen : step.seen()) {
      if (!seen) {
        return;
      }
    }
    if (firstLosses[0] == 0) {
      System.arraycopy(step.losses(), 0, firstLosses, 0, tasks);
    }
    double[] lag = new double[tasks];
    for (int task = 0; task < tasks; task++) {
      lag[task] = step.losses()[task] / firstLosses[task];
    }
    double meanLag = Arrays.stream(lag).average().orElseThrow();
    double meanNorm = Arrays.stream(step.sharedNorms()).average().orElseThrow();
    double sum = 0;
    for (int task = 0; task < tasks; task++) {
      double target = meanNorm * Math.pow(lag[task] / meanLag, settings.alpha());
      double norm = step.sharedNorms()[task];
      // The target is a constant to the gradient of |norm - target|.
      double slope = Math.signum(norm - target) * norm / weights[task];
      weights[task] = Math.max(LEAST_WEIGHT, weights[task] - settings.rate() * slope);
      sum += weights[task];
    }
    for (int task = 0; task < tasks; task++) {
      weights[task] *= tasks / sum;
    }
  }

  @Override
  public double[] state() {
    double[] state = Arrays.copyOf(weights, 2 * weights.length);
    System.arraycopy(firstLosses, 0, state, weights.length, weights.length);
    return state;
  }
}
