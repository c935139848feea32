package io.taskweave.core.dominance;

import io.taskweave.core.random.CounterRandom;

/**
 * Two tasks with quadratic losses whose minima differ, over the same weights: L_k = 1/2 |A_k (w -
 * c_k)|^2 with A_k = I + 0.3 N(0, 1 / weights) and c_k normal. Each gradient carries fresh noise of
 * deviation 0.3: without it the gradients would cancel at the end and both tasks would seem equal.
 * Loss, gradient and noise of the second task are multiplied by a scale.
 */
final class ConflictingTasks {
  static final int TASKS = 2;
  static final int WEIGHTS = 20;
  private static final double SPREAD = 0.3;
  private static final double NOISE = 0.3;

  private final long seed;
  private final double[] scales;
  private final double[][][] maps = new double[TASKS][WEIGHTS][WEIGHTS];
  private final double[][] minima = new double[TASKS][WEIGHTS];

  /**
   * @param scale of the second task
   */
  ConflictingTasks(long seed, double scale) {
    this.seed = seed;
    this.scales = new double[] {1, scale};
    for (int task = 0; task < TASKS; task++) {
      long mapKey = key("map", task);
      long minimumKey = key("minimum", task);
      for (int i = 0; i < WEIGHTS; i++) {
        minima[task][i] = CounterRandom.gaussian(minimumKey, i);
        for (int j = 0; j < WEIGHTS; j++) {
          double random = CounterRandom.gaussian(mapKey, (long) i * WEIGHTS + j);
          maps[task][i][j] = (i == j ? 1 : 0) + SPREAD * random / Math.sqrt(WEIGHTS);
        }
      }
    }
  }

  /** Loss of a task without its scale and without noise. */
  double loss(int task, float[] weights) {
    double sum = 0;
    for (double value : mapped(task, weights)) {
      sum += value * value;
    }
    return sum / 2;
  }

  /**
   * Writes the noisy gradient of each task.
   *
   * @param gradients receives [weights, tasks]
   */
  void gradients(float[] weights, int step, float[] gradients) {
    for (int task = 0; task < TASKS; task++) {
      double[] mapped = mapped(task, weights);
      long noiseKey = CounterRandom.mix(key("noise", task), step);
      for (int j = 0; j < WEIGHTS; j++) {
        double sum = NOISE * CounterRandom.gaussian(noiseKey, j);
        for (int i = 0; i < WEIGHTS; i++) {
          sum += maps[task][i][j] * mapped[i];
        }
        gradients[j * TASKS + task] = (float) (scales[task] * sum);
      }
    }
  }

  /** A (w - c). */
  private double[] mapped(int task, float[] weights) {
    double[] mapped = new double[WEIGHTS];
    for (int i = 0; i < WEIGHTS; i++) {
      for (int j = 0; j < WEIGHTS; j++) {
        mapped[i] += maps[task][i][j] * (weights[j] - minima[task][j]);
      }
    }
    return mapped;
  }

  private long key(String what, int task) {
    return CounterRandom.mix(CounterRandom.mix(seed, CounterRandom.hash(what)), task);
  }
}
