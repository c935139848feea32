package io.taskweave.core.correlation;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * How much behaviours of each category (rows) at each position or interval 1 to K (columns) tell
 * about one target category, in the data or to a model. Values of different origin have different
 * units: compare them by their correlations, or scaled.
 */
public final class CorrelationMatrix {
  private final double[][] values;

  /** A cell of a matrix, counted from 0. */
  public record Cell(int row, int column) {}

  /**
   * @param values [categories][K], rectangular, finite, at least one
   */
  public CorrelationMatrix(double[][] values) {
    if (values.length == 0 || values[0].length == 0) {
      throw new IllegalArgumentException("Cannot make a correlation matrix: it has no cell");
    }
    this.values = new double[values.length][];
    for (int row = 0; row < values.length; row++) {
      if (values[row].length != values[0].length) {
        throw new IllegalArgumentException(
            "Cannot make a correlation matrix: rows of "
                + values[0].length
                + " and of "
                + values[row].length
                + " cells");
      }
      for (double value : values[row]) {
        if (!Double.isFinite(value)) {
          throw new IllegalArgumentException(
              "Cannot make a correlation matrix: a value is not finite (" + value + ")");
        }
      }
      this.values[row] = values[row].clone();
    }
  }

  public int rows() {
    return values.length;
  }

  public int columns() {
    return values[0].length;
  }

  public double value(int row, int column) {
    return values[row][column];
  }

  /** All cells, row by row. */
  public double[] cells() {
    return Arrays.stream(values).flatMapToDouble(DoubleStream::of).toArray();
  }

  /** The matrix with its smallest value at 0 and its largest at 1; zeros if all are the same. */
  public CorrelationMatrix scaled() {
    double low = DoubleStream.of(cells()).min().orElseThrow();
    double range = DoubleStream.of(cells()).max().orElseThrow() - low;
    double[][] scaled = new double[rows()][columns()];
    for (int row = 0; row < rows(); row++) {
      for (int column = 0; column < columns(); column++) {
        scaled[row][column] = range == 0 ? 0 : (values[row][column] - low) / range;
      }
    }
    return new CorrelationMatrix(scaled);
  }

  /** The largest cell; the first one of several. */
  public Cell peak() {
    Cell peak = new Cell(0, 0);
    for (int row = 0; row < rows(); row++) {
      for (int column = 0; column < columns(); column++) {
        if (values[row][column] > values[peak.row()][peak.column()]) {
          peak = new Cell(row, column);
        }
      }
    }
    return peak;
  }

  /**
   * One row divided by its first value: how what a category tells decays as it lies further back.
   *
   * @return K values, the first one 1; NaN or infinite where the first value is 0
   */
  public double[] decay(int row) {
    return DoubleStream.of(values[row]).map(value -> value / values[row][0]).toArray();
  }

  /** Mean of each row: how much a category tells, whenever it was. */
  public double[] rowMeans() {
    return Arrays.stream(values)
        .mapToDouble(row -> DoubleStream.of(row).average().orElseThrow())
        .toArray();
  }

  /** Pearson's correlation of the cells of two matrices of one shape; NaN if one is constant. */
  public double pearson(CorrelationMatrix other) {
    requireShapeOf(other);
    return pearson(cells(), other.cells());
  }

  /**
   * Spearman's correlation of the cells: Pearson's of their ranks, ties sharing their mean rank. It
   * misleads where most cells are noise, as their order counts as much as the peak's.
   */
  public double spearman(CorrelationMatrix other) {
    requireShapeOf(other);
    return pearson(ranks(cells()), ranks(other.cells()));
  }

  private void requireShapeOf(CorrelationMatrix other) {
    if (rows() != other.rows() || columns() != other.columns()) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot correlate matrices: %d x %d and %d x %d",
              rows(), columns(), other.rows(), other.columns()));
    }
  }

  private static double pearson(double[] left, double[] right) {
    double leftMean = DoubleStream.of(left).average().orElseThrow();
    double rightMean = DoubleStream.of(right).average().orElseThrow();
    double both = 0;
    double ofLeft = 0;
    double ofRight = 0;
    for (int i = 0; i < left.length; i++) {
      both += (left[i] - leftMean) * (right[i] - rightMean);
      ofLeft += (left[i] - leftMean) * (left[i] - leftMean);
      ofRight += (right[i] - rightMean) * (right[i] - rightMean);
    }
    return ofLeft == 0 || ofRight == 0 ? Double.NaN : both / Math.sqrt(ofLeft * ofRight);
  }

  private static double[] ranks(double[] cells) {
    double[] sorted = cells.clone();
    Arrays.sort(sorted);
    return DoubleStream.of(cells)
        .map(
            cell -> {
              int first = Arrays.binarySearch(sorted, cell);
              int last = first;
              while (first > 0 && sorted[first - 1] == cell) {
                first--;
              }
              while (last < sorted.length - 1 && sorted[last + 1] == cell) {
                last++;
              }
              return (first + last) / 2.0;
            })
        .toArray();
  }
}
