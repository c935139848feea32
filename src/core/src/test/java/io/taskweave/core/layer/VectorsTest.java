package io.taskweave.core.layer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VectorsTest {
  @Test
  void aGradientPassesEveryPositiveActivationWholeAndNoOther() {
    float[] activation = {Float.MIN_VALUE, Float.MIN_NORMAL, 1, Float.MAX_VALUE, 0, 0};
    float[] gradient = {3, -3, 5, -5, 7, -7};
    Vectors.mask(gradient, activation, 2, gradient.length);
    assertThat(gradient).containsExactly(6, -6, 10, -10, 0f, -0f);
  }
}
