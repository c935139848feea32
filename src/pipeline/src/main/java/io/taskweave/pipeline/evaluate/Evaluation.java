package io.taskweave.pipeline.evaluate;

import io.taskweave.core.metric.MetricRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Measures predictions by task, split and group, without a score on the driver. Bins of calibration
 * are measured for group {@code all}. Undefined values are NaN with a reason, not errors.
 */
public final class Evaluation {
  /** Task of the plain mean over tasks. */
  public static final String MEAN = "mean";

  private final EvaluationPlan plan;

  public Evaluation(EvaluationPlan plan) {
    this.plan = plan;
  }

  /**
   * Measures all tasks and splits of the plan.
   *
   * @param predictions columns {@code sample_id, user, split, label_<task>, score_<task>} and
   *     optionally {@code own_epoch_score_<task>} and {@code weight}; null labels are left out
   * @param groups columns {@code user, pair, group}; empty for no groups
   * @throws io.taskweave.core.error.InputRejectedException for a missing column, a score outside
   *     [0, 1] or a label other than 0 and 1
   */
  public Measured measure(Dataset<Row> predictions, Optional<Dataset<Row>> groups) {
    Measurements measured = Measurements.of(predictions, groups, plan);
    List<MetricRecord> records = new ArrayList<>();
    List<ReplicateRecord> aucs = new ArrayList<>();
    for (int split = 0; split < plan.splits().size(); split++) {
      for (int group = 0; group < measured.groups().size(); group++) {
        for (Measure measure : Measure.all(plan, measured, split, group)) {
          records.add(measure.asRecord());
          if (measure.metric().equals("auc")) {
            aucs.add(measure.asReplicates());
          }
        }
      }
      for (int series = 0; series < measured.series().size(); series++) {
        addBins(records, measured, split, series);
      }
    }
    return new Measured(records, aucs);
  }

  private void addBins(List<MetricRecord> records, Measurements measured, int split, int index) {
    CalibrationBins bins = measured.bins(split, index);
    ScoreSeries series = measured.series().get(index);
    for (int bin = 0; bin < plan.calibrationBins(); bin++) {
      double ratio = bins.ratio(bin);
      records.add(
          new MetricRecord(
              "calibration_bin_" + (bin + 1),
              series.task(),
              plan.splits().get(split),
              GroupNames.ALL,
              "",
              series.checkpoint(),
              ratio,
              bins.rows(bin),
              bins.positives(bin),
              0,
              0,
              Double.NaN,
              Double.NaN,
              Double.isNaN(ratio) ? "no positives" : ""));
    }
  }
}
