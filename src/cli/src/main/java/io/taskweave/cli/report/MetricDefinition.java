package io.taskweave.cli.report;

import java.util.List;

/** What a metric is, in words for a reader who distrusts a number without them. */
record MetricDefinition(String metric, String title, String definition) {
  static final String INTERVAL =
      "Intervals hold 95 percent of a bootstrap over users: whole users are drawn, not rows.";

  private static final List<MetricDefinition> KNOWN =
      List.of(
          new MetricDefinition(
              "auc",
              "AUC",
              "AUC is the chance that a positive row scores above a negative one, over all pairs of"
                  + " rows, ties counted half; 0.5 is chance. The mean is the plain mean over"
                  + " tasks."),
          new MetricDefinition(
              "gauc",
              "GAUC",
              "GAUC is the mean over users of the AUC within the user's own rows, weighted by the"
                  + " user's rows (samples), positive rows (positives) or not at all (none). Users"
                  + " with one label only have no AUC: they are skipped and counted."),
          new MetricDefinition(
              "log_loss",
              "Log loss",
              "Log loss is the mean of −ln(p) over positive rows and −ln(1 − p) over negative ones,"
                  + " p being the predicted probability; smaller is better, and rarer labels have"
                  + " smaller values by nature."),
          new MetricDefinition(
              "normalised_entropy",
              "Normalised entropy",
              "Normalised entropy is the log loss over the log loss of predicting the positive rate for"
                  + " every row; below 1 the model knows more than the rate."),
          new MetricDefinition(
              "calibration",
              "Calibration",
              "Calibration is the sum of predictions over the number of positives; above 1 the model"
                  + " predicts too much."));

  /** The known metrics in the order of the report. */
  static List<MetricDefinition> all() {
    return KNOWN;
  }

  static MetricDefinition of(String metric) {
    return KNOWN.stream()
        .filter(known -> known.metric().equals(metric))
        .findFirst()
        .orElse(new MetricDefinition(metric, metric.replace('_', ' '), ""));
  }
}
