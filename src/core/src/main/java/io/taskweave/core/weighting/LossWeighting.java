package io.taskweave.core.weighting;

import io.taskweave.core.update.UpdateRule;
import java.io.Serializable;
import java.util.List;

/** How the losses of the tasks are weighed against each other. */
public sealed interface LossWeighting extends Serializable {
  /**
   * Weights at the start of a training, or where an earlier one has left them.
   *
   * @param rule trains what is trained
   * @param state of {@link LossWeights#state}; empty at the start
   */
  LossWeights start(int tasks, UpdateRule rule, double[] state);

  /** Whether the weights need norms of the tasks' gradients. */
  default boolean needsNorms() {
    return false;
  }

  /** The same weights throughout. */
  record Fixed(List<Double> weights) implements LossWeighting {
    public Fixed {
      weights = List.copyOf(weights);
      if (weights.stream().anyMatch(weight -> !(weight >= 0) || weight.isInfinite())) {
        throw new IllegalArgumentException(
            "Cannot weigh losses: weights must be finite and not negative (" + weights + ")");
      }
    }

    /** Weight 1 for every task. */
    public static Fixed equal(int tasks) {
      return new Fixed(java.util.Collections.nCopies(tasks, 1.0));
    }

    @Override
    public LossWeights start(int tasks, UpdateRule rule, double[] state) {
      return new FixedWeights(weights.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }

  /**
   * Learned uncertainty of each task (Kendall, Gal and Cipolla, CVPR 2018), for classification:
   * with s = log variance, trained with the model, the loss is the sum of exp(-s) L + s / 2.
   */
  record Uncertainty() implements LossWeighting {
    @Override
    public LossWeights start(int tasks, UpdateRule rule, double[] state) {
      return new UncertaintyWeights(tasks, rule, state);
    }
  }

  /**
   * GradNorm (Chen et al., ICML 2018): weights move so that the tasks' gradients of the last shared
   * layer get norms in proportion to how far each task lags behind, to the power of alpha.
   *
   * @param alpha 0 makes all norms equal
   * @param rate of the weights' own gradient steps
   */
  record GradNorm(double alpha, double rate) implements LossWeighting {
    public static final double DEFAULT_ALPHA = 1.5;
    public static final double DEFAULT_RATE = 0.025;

    public GradNorm {
      if (!(alpha >= 0) || !(rate > 0)) {
        throw new IllegalArgumentException(
            "Cannot weigh losses: alpha must not be negative and the rate positive ("
                + alpha
                + ", "
                + rate
                + ")");
      }
    }

    @Override
    public boolean needsNorms() {
      return true;
    }

    @Override
    public LossWeights start(int tasks, UpdateRule rule, double[] state) {
      return new GradNormWeights(this, tasks, state);
    }
  }
}
