package io.taskweave.core.correlation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CorrelationMatrixTest {
  private static final CorrelationMatrix MATRIX =
      new CorrelationMatrix(new double[][] {{8, 4, 2}, {1, 1, 4}});

  @Test
  void pearsonAndSpearmanAreThoseOfTheCells() {
    CorrelationMatrix other = new CorrelationMatrix(new double[][] {{64, 16, 4}, {1, 1, 16}});
    // Computed with scipy.stats.
    assertThat(MATRIX.pearson(other)).isCloseTo(0.96977334776865, within(1e-12));
    assertThat(MATRIX.spearman(other)).isCloseTo(1, within(1e-12));
    CorrelationMatrix mixed = new CorrelationMatrix(new double[][] {{3, 9, 1}, {1, 2, 2}});
    assertThat(MATRIX.spearman(mixed)).isCloseTo(0.68181818181818, within(1e-12));
  }

  @Test
  void aConstantMatrixCorrelatesWithNothing() {
    CorrelationMatrix constant = new CorrelationMatrix(new double[][] {{3, 3, 3}, {3, 3, 3}});
    assertThat(MATRIX.pearson(constant)).isNaN();
    assertThat(constant.scaled().cells()).containsOnly(0);
  }

  @Test
  void theProfileNamesPeakDecayAndMeans() {
    assertThat(MATRIX.peak()).isEqualTo(new CorrelationMatrix.Cell(0, 0));
    assertThat(MATRIX.decay(0)).containsExactly(1, 0.5, 0.25);
    assertThat(MATRIX.rowMeans()).containsExactly(new double[] {14.0 / 3, 2}, within(1e-15));
    assertThat(MATRIX.scaled().cells())
        .containsExactly(new double[] {1, 3.0 / 7, 1.0 / 7, 0, 0, 3.0 / 7}, within(1e-15));
  }

  @Test
  void whatIsNoMatrixIsRefused() {
    assertThatThrownBy(() -> new CorrelationMatrix(new double[][] {}))
        .hasMessageContaining("no cell");
    assertThatThrownBy(() -> new CorrelationMatrix(new double[][] {{1, 2}, {1}}))
        .hasMessageContaining("of 2 and of 1");
    assertThatThrownBy(() -> new CorrelationMatrix(new double[][] {{Double.NaN}}))
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> MATRIX.pearson(new CorrelationMatrix(new double[][] {{1, 2, 3}})))
        .hasMessageContaining("2 x 3 and 1 x 3");
  }
}
