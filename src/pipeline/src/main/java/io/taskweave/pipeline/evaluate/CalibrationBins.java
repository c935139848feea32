package io.taskweave.pipeline.evaluate;

import java.io.Serializable;

/** Predicted and actual positives in bins of equal count by score. */
final class CalibrationBins implements Serializable {
  private static final long serialVersionUID = 1;

  private final double[] predicted;
  private final double[] actual;
  private final long[] rows;
  private final long[] positives;

  CalibrationBins(int bins) {
    predicted = new double[bins];
    actual = new double[bins];
    rows = new long[bins];
    positives = new long[bins];
  }

  void add(int bin, ScoredSample sample) {
    predicted[bin] += sample.weight() * sample.score();
    actual[bin] += sample.positive() ? sample.weight() : 0;
    rows[bin]++;
    positives[bin] += sample.positive() ? 1 : 0;
  }

  CalibrationBins merge(CalibrationBins other) {
    for (int bin = 0; bin < rows.length; bin++) {
      predicted[bin] += other.predicted[bin];
      actual[bin] += other.actual[bin];
      rows[bin] += other.rows[bin];
      positives[bin] += other.positives[bin];
    }
    return this;
  }

  /** Predicted over actual; NaN for a bin without positives. */
  double ratio(int bin) {
    return actual[bin] == 0 ? Double.NaN : predicted[bin] / actual[bin];
  }

  long rows(int bin) {
    return rows[bin];
  }

  long positives(int bin) {
    return positives[bin];
  }
}
