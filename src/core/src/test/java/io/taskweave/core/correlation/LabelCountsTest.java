package io.taskweave.core.correlation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.metric.Interval;
import io.taskweave.core.random.CounterRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelCountsTest {
  @ParameterizedTest
  @CsvSource({
    "10, 3, 40, 60, 0.06108876097476234",
    "30, 5, 100, 100, 0.08517190688323321",
    "4, 6, 40, 60, 0",
    "40, 3, 40, 60, 0.8139768629093462",
    "0, 0, 40, 60, 0",
    "40, 60, 40, 60, 0",
    "5, 0, 5, 0, 0",
    "50, 0, 50, 50, 1",
  })
  void mutualInformationIsInBits(double xp, double xn, double tp, double tn, double expected) {
    assertThat(new LabelCounts(xp, xn, tp, tn).mutualInformation())
        .isCloseTo(expected, within(1e-12));
    assertThat(new LabelCounts(xn, xp, tn, tp).mutualInformation())
        .isCloseTo(expected, within(1e-12));
  }

  private static double entropy(double share) {
    return share == 0 || share == 1
        ? 0
        : -(share * Math.log(share) + (1 - share) * Math.log(1 - share)) / Math.log(2);
  }

  @Test
  void mutualInformationLiesBetweenZeroAndTheLabelsEntropy() {
    for (int i = 0; i < 1000; i++) {
      double tp = Math.floor(CounterRandom.uniform(i, 0) * 50);
      double tn = 1 + Math.floor(CounterRandom.uniform(i, 1) * 50);
      double xp = Math.floor(CounterRandom.uniform(i, 2) * (tp + 1));
      double xn = Math.floor(CounterRandom.uniform(i, 3) * (tn + 1));
      assertThat(new LabelCounts(xp, xn, tp, tn).mutualInformation())
          .isBetween(0.0, entropy(tp / (tp + tn)) + 1e-12);
    }
  }

  @Test
  void withoutRowsNothingIsKnown() {
    assertThat(new LabelCounts(0, 0, 0, 0).mutualInformation()).isNaN();
  }

  @Test
  void countsThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new LabelCounts(5, 0, 4, 1)).hasMessageContaining("5.0 of 4.0");
    assertThatThrownBy(() -> new LabelCounts(-1, 0, 4, 1)).hasMessageContaining("-1.0");
  }

  /** 400 rows without any relation, drawn many times: what they show on average is the bias. */
  @Test
  void theBiasIsWhatIndependentRowsShowOnAverage() {
    double shown = 0;
    double corrected = 0;
    int draws = 4000;
    for (int draw = 0; draw < draws; draw++) {
      double[] counts = new double[4];
      for (int row = 0; row < 400; row++) {
        int with = CounterRandom.uniform(draw, 2L * row) < 0.3 ? 0 : 2;
        int positive = CounterRandom.uniform(draw, 2L * row + 1) < 0.4 ? 0 : 1;
        counts[with + positive]++;
      }
      LabelCounts drawn =
          new LabelCounts(counts[0], counts[1], counts[0] + counts[2], counts[1] + counts[3]);
      shown += drawn.mutualInformation() / draws;
      corrected += (drawn.mutualInformation() - drawn.bias()) / draws;
    }
    double expected = 1 / (2 * 400 * Math.log(2));
    assertThat(shown).isCloseTo(expected, within(0.1 * expected));
    assertThat(corrected).isCloseTo(0, within(0.1 * expected));
  }

  @Test
  void aCellThatCannotVaryHasNoBias() {
    assertThat(new LabelCounts(0, 0, 40, 60).bias()).isZero();
    assertThat(new LabelCounts(40, 60, 40, 60).bias()).isZero();
    // A behaviour of positives alone leaves one cell empty.
    assertThat(new LabelCounts(10, 0, 40, 60).bias()).isZero();
    assertThat(new LabelCounts(10, 3, 40, 60).bias())
        .isCloseTo(1 / (200 * Math.log(2)), within(1e-15));
  }

  @Test
  void correctionLeavesNothingBelowZero() {
    assertThat(new LabelCounts(4, 6, 40, 60).correctedMutualInformation()).isZero();
  }

  /** The interval covers the true value about as often as it says. */
  @Test
  void theIntervalCoversTheTrueValue() {
    double[] cells = {0.15, 0.05, 0.25, 0.55};
    LabelCounts truth = new LabelCounts(150, 50, 400, 600);
    double expected = truth.mutualInformation();
    MutualInformationBootstrap bootstrap = new MutualInformationBootstrap(7, 200);
    int covered = 0;
    for (int draw = 0; draw < 200; draw++) {
      double[] counts = new double[4];
      for (int row = 0; row < 2000; row++) {
        double u = CounterRandom.uniform(1000 + draw, row);
        int cell = 0;
        while (u >= cells[cell]) {
          u -= cells[cell++];
        }
        counts[cell]++;
      }
      LabelCounts drawn =
          new LabelCounts(counts[0], counts[1], counts[0] + counts[2], counts[1] + counts[3]);
      Interval interval = bootstrap.interval(drawn, draw);
      covered += interval.low() <= expected && expected <= interval.high() ? 1 : 0;
    }
    assertThat(covered).isBetween(180, 199);
  }

  @Test
  void fewRowsGiveAWiderInterval() {
    MutualInformationBootstrap bootstrap = new MutualInformationBootstrap(7, 500);
    Interval many = bootstrap.interval(new LabelCounts(1000, 300, 4000, 6000), 1);
    Interval few = bootstrap.interval(new LabelCounts(10, 3, 40, 60), 1);
    assertThat(few.high() - few.low()).isGreaterThan(5 * (many.high() - many.low()));
    assertThat(bootstrap.interval(new LabelCounts(10, 3, 40, 60), 1)).isEqualTo(few);
    assertThat(bootstrap.interval(new LabelCounts(10, 3, 40, 60), 2)).isNotEqualTo(few);
  }
}
