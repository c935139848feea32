package io.taskweave.core.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class UpdateTest {
  @Test
  void adamPutsEpsilonOutsideTheCorrectedRoot() {
    RuleRun run = new RuleRun(Adam.DEFAULT, 1, 0);
    run.plain(1e-2, 1e-9f);
    assertThat(run.weights[0]).isCloseTo(-9.09e-4f, within(1e-6f));
  }

  @Test
  void s9FullDecayMovesRowsWithoutData() {
    TableDecay decay = new TableDecay(TableDecay.Kind.FULL, 1e-6);
    RuleRun run = new RuleRun(Adam.DEFAULT, 1, 0.3f, 0);
    float[] weights = run.weights;
    float[] at = new float[1001];
    for (int step = 1; step <= 1000; step++) {
      float[] gradient = new float[2];
      decay.addGradient(weights, 0, gradient, 0, 1, 2, 1);
      run.plain(1e-3, gradient);
      at[step] = weights[0];
    }
    assertThat(at[1]).isCloseTo(0.299f, within(5e-4f));
    assertThat(at[10]).isCloseTo(0.290f, within(5e-4f));
    assertThat(at[100]).isCloseTo(0.209f, within(5e-4f));
    assertThat(at[1000]).isCloseTo(0.0002f, within(5e-5f));
    assertThat(weights[1]).isZero();
  }

  @Test
  void decayCoversTheRowsOfItsKind() {
    float[] weights = {1, 2, 3, 4};
    float[] touched = {0, 0, 0, 5};
    new TableDecay(TableDecay.Kind.TOUCHED, 0.5).addGradient(weights, 0, touched, 0, 2, 2, 1);
    assertThat(touched).containsExactly(0, 0, 1.5f, 7);
    float[] full = {0, 0, 0, 5};
    new TableDecay(TableDecay.Kind.FULL, 0.5).addGradient(weights, 0, full, 0, 2, 2, 1);
    assertThat(full).containsExactly(0.5f, 1, 1.5f, 7);
    float[] none = {0, 0, 0, 5};
    TableDecay.NONE.addGradient(weights, 0, none, 0, 2, 2, 1);
    assertThat(none).containsExactly(0, 0, 0, 5);
  }

  @Test
  void besideATasksGradientsTheTermJoinsTheFirst() {
    float[] gradients = {0, 0, 0, 0, 0, 1, 0, 0};
    new TableDecay(TableDecay.Kind.TOUCHED, 0.5)
        .addGradient(new float[] {1, 2, 3, 4}, 0, gradients, 0, 2, 2, 2);
    assertThat(gradients).containsExactly(0, 0, 0, 0, 1.5f, 1, 2, 0);
  }

  @Test
  void aTermThatBelongsToNoTaskShrinksTheWeights() {
    float[] gradients = {0, 0, 0, 0, 0, 0, 5, 0};
    float[] touched = {1, 2, 3, 4};
    new TableDecay(TableDecay.Kind.TOUCHED, 0.5).shrink(touched, 0, gradients, 0, 2, 2, 2, 0.1);
    assertThat(touched).containsExactly(new float[] {1, 2, 2.85f, 3.8f}, within(1e-6f));
    float[] full = {1, 2, 3, 4};
    new TableDecay(TableDecay.Kind.FULL, 0.5).shrink(full, 0, gradients, 0, 2, 2, 2, 0.1);
    assertThat(full).containsExactly(new float[] {0.95f, 1.9f, 2.85f, 3.8f}, within(1e-6f));
    float[] none = {1, 2, 3, 4};
    TableDecay.NONE.shrink(none, 0, gradients, 0, 2, 2, 2, 0.1);
    assertThat(none).containsExactly(1, 2, 3, 4);
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> new Adam(1, 0.999, 1e-8)).hasMessageContaining("betas");
    assertThatThrownBy(() -> new AdaGrad(0)).hasMessageContaining("epsilon");
    assertThatThrownBy(() -> new RmsProp(1, 1e-8)).hasMessageContaining("decay");
    assertThatThrownBy(() -> new SlotUpdate(Adam.DEFAULT, 0)).hasMessageContaining("task");
    assertThatThrownBy(() -> Adam.DEFAULT.scale(1, 0)).hasMessageContaining("from 1 (0)");
    assertThatThrownBy(() -> new TableDecay(TableDecay.Kind.FULL, Double.NaN))
        .hasMessageContaining("lambda");
  }
}
