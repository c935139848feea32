package io.taskweave.core.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class LogLossTest {
  @Property
  void lossEqualsTheLogarithmOfTheProbability(
      @ForAll @DoubleRange(min = -30, max = 30) double logit) {
    assertThat(LogLoss.loss(logit, true))
        .isCloseTo(-Math.log(LogLoss.probability(logit)), within(1e-9));
    assertThat(LogLoss.loss(logit, false))
        .isCloseTo(-Math.log(LogLoss.probability(-logit)), within(1e-9));
  }

  @Test
  void extremeLogitsStayFinite() {
    assertThat(LogLoss.loss(1e6, false)).isEqualTo(1e6);
    assertThat(LogLoss.loss(-1e6, false)).isZero();
    assertThat(LogLoss.probability(-1e6)).isZero();
    assertThat(LogLoss.probability(1e6)).isEqualTo(1);
  }

  @Test
  void weightsAndMissingLabelsDecideWhatCounts() {
    SampleLayout layout = new SampleLayout(List.of(Field.categorical("x", 3)), List.of("A", "B"));
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    builder.addRow(1, 2);
    builder.label(0, (byte) 1);
    builder.addRow(2, 3);
    builder.label(0, (byte) 0);
    builder.label(1, (byte) 1);
    SampleBatch batch = SampleBatch.all(builder.build());
    float[] logits = {0, 1, 5, -1};
    double[] weights = new double[2];
    double[] losses = new double[2];
    float[] gradient = new float[4];
    LogLoss.addWeights(batch, weights);
    LogLoss.addLosses(batch, logits, losses);
    LogLoss.gradient(batch, logits, new float[] {0.5f, 1}, gradient);
    assertThat(weights).containsExactly(5, 3);
    assertThat(losses)
        .containsExactly(
            new double[] {2 * Math.log(2) + 3 * Math.log(1 + Math.E), 3 * Math.log(1 + Math.E)},
            within(1e-9));
    double one = 1 / (1 + Math.exp(-1));
    assertThat(gradient)
        .containsExactly(
            new float[] {-0.5f, (float) (1.5 * one), 0, (float) (-3 * one)}, within(1e-6f));
  }
}
