package io.taskweave.core.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class UpdateTest {
  @Test
  void adamMatchesTheGoldenTrajectory() {
    float[] weights = {1, -2};
    float[][] gradients = {{-9.9f, -1.5f}, {-7.8f, -1}, {-6.1f, -0.5f}};
    float[][] expected = {
      {1.1f, -1.9f},
      {1.1986892f, -1.8029648f},
      {1.2951939f, -1.7136028f}
    };
    float[] first = new float[2];
    float[] second = new float[2];
    for (int step = 1; step <= 3; step++) {
      Adam.DEFAULT.update(weights, 0, gradients[step - 1], 0, first, 0, second, 0, 2, 0.1, step, 1);
      assertThat(weights).containsExactly(expected[step - 1], within(1e-6f));
    }
  }

  @Test
  void adamPutsEpsilonOutsideTheCorrectedRoot() {
    float[] weights = {0};
    Adam.DEFAULT.update(
        weights, 0, new float[] {1e-9f}, 0, new float[1], 0, new float[1], 0, 1, 1e-2, 1, 1);
    assertThat(weights[0]).isCloseTo(-9.09e-4f, within(1e-6f));
  }

  @Property(tries = 50)
  void anyCutOfTheVectorGivesTheSameBits(@ForAll @IntRange(min = 0, max = 40) int cut) {
    int length = 40;
    float[] whole = new float[length];
    float[] parts = new float[length];
    float[][] moments = new float[4][length];
    float[] gradient = new float[length];
    for (int step = 1; step <= 3; step++) {
      for (int i = 0; i < length; i++) {
        gradient[i] = (float) Math.sin(i * 3.7 + step);
      }
      Adam.DEFAULT.update(
          whole, 0, gradient, 0, moments[0], 0, moments[1], 0, length, 0.01, step, 0.5f);
      Adam.DEFAULT.update(
          parts, 0, gradient, 0, moments[2], 0, moments[3], 0, cut, 0.01, step, 0.5f);
      Adam.DEFAULT.update(
          parts,
          cut,
          gradient,
          cut,
          moments[2],
          cut,
          moments[3],
          cut,
          length - cut,
          0.01,
          step,
          0.5f);
    }
    assertThat(parts).containsExactly(whole);
  }

  @Test
  void s9FullDecayMovesRowsWithoutData() {
    TableDecay decay = new TableDecay(TableDecay.Kind.FULL, 1e-6);
    float[] weights = {0.3f, 0};
    float[] first = new float[2];
    float[] second = new float[2];
    float[] at = new float[1001];
    for (int step = 1; step <= 1000; step++) {
      float[] gradient = new float[2];
      decay.addGradient(weights, 0, gradient, 0, 1, 2);
      Adam.DEFAULT.update(weights, 0, gradient, 0, first, 0, second, 0, 2, 1e-3, step, 1);
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
    new TableDecay(TableDecay.Kind.TOUCHED, 0.5).addGradient(weights, 0, touched, 0, 2, 2);
    assertThat(touched).containsExactly(0, 0, 1.5f, 7);
    float[] full = {0, 0, 0, 5};
    new TableDecay(TableDecay.Kind.FULL, 0.5).addGradient(weights, 0, full, 0, 2, 2);
    assertThat(full).containsExactly(0.5f, 1, 1.5f, 7);
    float[] none = {0, 0, 0, 5};
    TableDecay.NONE.addGradient(weights, 0, none, 0, 2, 2);
    assertThat(none).containsExactly(0, 0, 0, 5);
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> new Adam(1, 0.999, 1e-8)).hasMessageContaining("betas");
    assertThatThrownBy(() -> new TableDecay(TableDecay.Kind.FULL, Double.NaN))
        .hasMessageContaining("lambda");
  }
}
