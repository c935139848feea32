package io.taskweave.core.dominance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class ShareSummaryTest {
  @Test
  void countsMeansAndDominatedElements() {
    ShareSummary summary = of(0.95, 0.9, 0.1, 0.02, 0.5);
    assertThat(summary.elements()).isEqualTo(5);
    assertThat(summary.mean(0)).isCloseTo(0.494, within(1e-12));
    assertThat(summary.mean(1)).isCloseTo(0.506, within(1e-12));
    // A share of just 0.9 does not dominate.
    assertThat(summary.dominated(0)).isEqualTo(0.2);
    assertThat(summary.dominated(1)).isEqualTo(0.2);
    assertThat(summary.dominated()).isEqualTo(0.4);
  }

  @Test
  void binsHoldTheirLowerEdgeAndTheLastBothEdges() {
    ShareSummary summary = of(0, 0.0499, 0.05, 0.5, 0.999, 1);
    long[] expected = new long[ShareSummary.BINS];
    expected[0] = 2;
    expected[1] = 1;
    expected[10] = 1;
    expected[19] = 2;
    assertThat(summary.histogram(0)).containsExactly(expected);
  }

  @Test
  void percentilesAreWithinABinOfThoseOfTheShares() {
    double[] shares = new double[5001];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Math.pow(i / 5000.0, 3);
    }
    ShareSummary summary = of(shares);
    for (double percent : new double[] {10, 50, 90}) {
      double exact = Math.pow(percent / 100, 3);
      assertThat(summary.percentile(0, percent)).isCloseTo(exact, within(1e-3));
      assertThat(summary.percentile(1, percent))
          .isCloseTo(1 - Math.pow(1 - percent / 100, 3), within(1e-3));
    }
  }

  @Test
  void partsMergeIntoTheWhole() {
    double[] shares = DoubleStream.iterate(0.013, x -> x * 7.3 % 1).limit(997).toArray();
    ShareSummary whole = of(shares);
    ShareSummary merged = of(Arrays.copyOfRange(shares, 0, 100));
    merged.merge(of()).merge(of(Arrays.copyOfRange(shares, 100, shares.length)));
    assertThat(merged.elements()).isEqualTo(whole.elements());
    for (int task = 0; task < 2; task++) {
      assertThat(merged.histogram(task)).containsExactly(whole.histogram(task));
      assertThat(merged.mean(task)).isCloseTo(whole.mean(task), within(1e-12));
      assertThat(merged.dominated(task)).isEqualTo(whole.dominated(task));
      assertThat(merged.percentile(task, 90)).isEqualTo(whole.percentile(task, 90));
    }
  }

  @Test
  void nothingHasNoFigures() {
    ShareSummary none = of();
    assertThat(none.elements()).isZero();
    assertThat(none.mean(0)).isNaN();
    assertThat(none.percentile(0, 50)).isNaN();
    assertThat(none.dominated()).isNaN();
  }

  private static ShareSummary of(double... sharesOfFirst) {
    ShareSummary summary = new ShareSummary(2);
    for (double share : sharesOfFirst) {
      summary.add(new double[] {share, 1 - share});
    }
    return summary;
  }
}
