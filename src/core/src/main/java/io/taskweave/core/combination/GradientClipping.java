package io.taskweave.core.combination;

import java.io.Serializable;

/**
 * Bounds the norm of gradients, after they are combined and before the update accumulates them.
 *
 * @param kind what the norm is taken of
 * @param norm largest norm; 0 for no clipping
 */
public record GradientClipping(Kind kind, double norm) implements Serializable {
  /** What is clipped. */
  public enum Kind {
    /**
     * The sum of all gradients. One factor for all tasks: a task with large gradients shrinks the
     * others' with its own, which AdaTask otherwise keeps apart.
     */
    SUM,
    /**
     * Each task's gradient, of shared weights and its own. Tasks stay independent; a weight that
     * several tasks reach may move by more than one clipped gradient.
     */
    PER_TASK
  }

  public static final GradientClipping NONE = new GradientClipping(Kind.SUM, 0);

  private static final double NORM_EPSILON = 1e-6;

  public GradientClipping {
    if (!(norm >= 0)) {
      throw new IllegalArgumentException(
          "Cannot clip: the norm must not be negative (" + norm + ")");
    }
  }

  public boolean active() {
    return norm > 0;
  }

  /** Whether it needs the inner products of different tasks' gradients. */
  public boolean needsProducts() {
    return active() && kind == Kind.SUM;
  }

  /**
   * Factor of each task's gradient.
   *
   * @param coefficients of the combination, [tasks][tasks]
   * @param products inner products over shared weights before the combination; beside the diagonal
   *     only where {@link #needsProducts} or the combination does
   * @param singleSquares squared norm of each task's gradient of weights that no other task reaches
   */
  public double[] factors(double[][] coefficients, double[][] products, double[] singleSquares) {
    int tasks = singleSquares.length;
    double[] factors = new double[tasks];
    double[] sum = new double[tasks];
    double whole = 0;
    for (int task = 0; task < tasks; task++) {
      double square = quadratic(coefficients[task], products) + singleSquares[task];
      factors[task] = active() && kind == Kind.PER_TASK ? factor(square) : 1;
      whole += singleSquares[task];
      for (int k = 0; k < tasks; k++) {
        sum[k] += coefficients[task][k];
      }
    }
    if (active() && kind == Kind.SUM) {
      java.util.Arrays.fill(factors, factor(whole + quadratic(sum, products)));
    }
    return factors;
  }

  private static double quadratic(double[] coefficients, double[][] products) {
    double sum = 0;
    for (int i = 0; i < coefficients.length; i++) {
      for (int k = 0; k < coefficients.length; k++) {
        sum += coefficients[i] * coefficients[k] * products[i][k];
      }
    }
    return sum;
  }

  private double factor(double square) {
    return Math.min(1, norm / (Math.sqrt(Math.max(0, square)) + NORM_EPSILON));
  }
}
