package io.taskweave.core.weighting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.update.Adam;
import java.util.List;
import org.junit.jupiter.api.Test;

class LossWeightingTest {
  private static final boolean[] BOTH = {true, true};

  private static LossWeights start(LossWeighting weighting) {
    return weighting.start(2, Adam.DEFAULT, new double[0]);
  }

  private static StepLosses step(double[] losses, double[] norms, long number) {
    return new StepLosses(losses, BOTH, norms, 1e-2, number);
  }

  @Test
  void fixedWeightsStay() {
    LossWeights weights = start(new LossWeighting.Fixed(List.of(0.5, 2.0)));
    weights.observe(step(new double[] {1, 9}, new double[2], 1));
    assertThat(weights.current()).containsExactly(0.5, 2);
    assertThat(weights.state()).isEmpty();
    assertThat(start(LossWeighting.Fixed.equal(2)).current()).containsExactly(1, 1);
  }

  /** The optimum of exp(-s) L + s / 2 is the weight 1 / (2 L). */
  @Test
  void uncertaintySettlesAtHalfTheInverseLoss() {
    LossWeights weights = start(new LossWeighting.Uncertainty());
    double[] losses = {0.1, 2};
    for (int step = 1; step <= 3000; step++) {
      weights.observe(step(losses, new double[2], step));
    }
    assertThat(weights.current()).containsExactly(new double[] {5, 0.25}, within(0.02));
  }

  @Test
  void uncertaintyRestsWhereABatchHasNoLabels() {
    LossWeights weights = start(new LossWeighting.Uncertainty());
    weights.observe(
        new StepLosses(new double[2], new boolean[] {false, true}, new double[2], 1e-2, 1));
    assertThat(weights.current()[0]).isEqualTo(1);
    assertThat(weights.current()[1]).isCloseTo(Math.exp(0.01), within(1e-4));
  }

  /** Gradients whose norms grow with their weights: GradNorm makes them equal. */
  @Test
  void gradNormBringsTheNormsTogether() {
    LossWeights weights = start(new LossWeighting.GradNorm(0, 0.002));
    for (int step = 1; step <= 3000; step++) {
      double[] w = weights.current();
      weights.observe(step(new double[] {0.7, 0.2}, new double[] {3 * w[0], w[1]}, step));
    }
    assertThat(weights.current()).containsExactly(new double[] {0.5, 1.5}, within(0.02));
  }

  @Test
  void gradNormHelpsTheTaskThatLags() {
    LossWeights weights = start(new LossWeighting.GradNorm(1.5, 0.01));
    weights.observe(step(new double[] {1, 1}, new double[] {1, 1}, 1));
    assertThat(weights.current()).containsExactly(1, 1);
    weights.observe(step(new double[] {0.9, 0.5}, new double[] {1, 1}, 2));
    // Both lag by definition at the first step; then only the first one does.
    assertThat(weights.current()).containsExactly(new double[] {1.01, 0.99}, within(1e-9));
  }

  /**
   * Lags 1/2 and 4/5, mean norm 2: targets 1.349 and 2.731. The norms 3 and 1 have slopes 3 / 1.2
   * and -1 / 0.8, so the weights become 0.95 and 0.925 before they sum to 2 again.
   */
  @Test
  void gradNormTakesOneStepAsPublished() {
    LossWeights weights =
        new LossWeighting.GradNorm(1.5, 0.1)
            .start(2, Adam.DEFAULT, new double[] {1.2, 0.8, 2, 0.5});
    weights.observe(step(new double[] {1, 0.4}, new double[] {3, 1}, 2));
    assertThat(weights.current())
        .containsExactly(new double[] {0.95 * 2 / 1.875, 0.925 * 2 / 1.875}, within(1e-12));
  }

  @Test
  void weightsGoOnFromTheirState() {
    for (LossWeighting weighting :
        List.of(new LossWeighting.Uncertainty(), new LossWeighting.GradNorm(1.5, 0.01))) {
      LossWeights whole = start(weighting);
      LossWeights part = start(weighting);
      for (int step = 1; step <= 6; step++) {
        StepLosses seen = step(new double[] {0.7 / step, 0.3}, new double[] {1, 0.5 * step}, step);
        whole.observe(seen);
        part.observe(seen);
        part = weighting.start(2, Adam.DEFAULT, part.state());
      }
      assertThat(part.current()).containsExactly(whole.current());
      assertThat(part.current()[0]).isNotEqualTo(1);
    }
  }

  @Test
  void impossibleWeightsAreRefused() {
    assertThatThrownBy(() -> new LossWeighting.Fixed(List.of(1.0, -1.0)))
        .hasMessageContaining("-1.0");
    assertThatThrownBy(() -> new LossWeighting.GradNorm(-1, 1)).hasMessageContaining("alpha");
  }
}
