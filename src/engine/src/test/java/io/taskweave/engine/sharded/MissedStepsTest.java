package io.taskweave.engine.sharded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.training.TinyTraining;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MissedStepsTest {
  private static final int DONE = 5;
  private static final int UP_TO = 1505;
  private static final double RATE = 1e-2;

  private static ShardedPlan plan(double beta1) {
    return new ShardedPlan(
        TinyTraining.plan(1, TableDecay.NONE, 0, RATE).toBuilder()
            .optimizer(new OptimizerSpec(new Adam(beta1, 0.999, 1e-8), false, List.of()))
            .build(),
        RowUpdates.CATCH_UP,
        RowLifetime.UNBOUNDED,
        1,
        1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 0.9, 0.99})
  void manyMissedStepsMoveARowAsFarAsStepsOfNoGradientDo(double beta1) {
    ShardedPlan plan = plan(beta1);
    RateHistory rates = new RateHistory();
    rates.add(1, RATE);
    RowLayout layout = plan.tables().get(0);
    float[] row = new float[layout.floats()];
    for (int i = 0; i < layout.stateWidth(0); i++) {
      row[layout.stateOffset(0, 0) + i] = 0.1f * (i + 1);
      row[layout.stateOffset(0, 1) + i] = 0.02f * (i + 1);
    }
    double mean = row[layout.stateOffset(0, 0)];
    double square = row[layout.stateOffset(0, 1)];
    double weight = row[layout.weightOffset(0)];
    new MissedSteps(plan, rates).replay(layout, row, 0, DONE, UP_TO);
    for (int step = DONE + 1; step <= UP_TO; step++) {
      mean *= beta1;
      square *= 0.999;
      double root = Math.sqrt(square / (1 - Math.pow(0.999, step)));
      weight -= RATE * mean / (1 - Math.pow(beta1, step)) / (root + 1e-8);
    }
    assertThat((double) row[layout.weightOffset(0)])
        .isCloseTo(weight, within(1e-6 + 1e-4 * Math.abs(weight)));
    assertThat((double) row[layout.stateOffset(0, 1)])
        .isCloseTo(square, within(1e-6 * square + 1e-9));
  }

  @Test
  void aMeanThatLastsForThousandsOfStepsIsRefused() {
    plan(MissedSteps.LARGEST_BETA1).check();
    assertThatThrownBy(() -> plan(0.999).check())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("repeats thousands of steps (0.999)");
  }
}
