package io.taskweave.core.metric;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PairwiseAccuracyTest {
  @Test
  void equalScoresAreWrong() {
    PairwiseAccuracy accuracy = new PairwiseAccuracy();
    for (int user = 0; user < 5; user++) {
      accuracy.add(0.5, 0.5);
    }
    assertThat(accuracy.value()).isZero();
  }

  @Test
  void countsPairsInTheRightOrder() {
    PairwiseAccuracy accuracy = new PairwiseAccuracy();
    assertThat(accuracy.value()).isNaN();
    accuracy.add(0.9, 0.5);
    accuracy.add(0.4, 0.5);
    PairwiseAccuracy other = new PairwiseAccuracy();
    other.add(2, -1);
    other.add(0, 0);
    accuracy.merge(other);
    assertThat(accuracy.value()).isEqualTo(0.5);
    assertThat(accuracy.pairs()).isEqualTo(4);
  }
}
