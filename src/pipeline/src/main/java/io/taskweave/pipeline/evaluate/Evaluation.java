package io.taskweave.pipeline.evaluate;

import io.taskweave.core.metric.MetricRecord;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Measures predictions by task, split and group. */
public final class Evaluation {
  private final EvaluationPlan plan;

  public Evaluation(EvaluationPlan plan) {
    this.plan = plan;
  }

  /**
   * @param predictions columns {@code sample_id, user, split, label_<task>, score_<task>} and
   *     optionally {@code weight}
   * @param groups columns {@code user, pair, group}; empty for no groups
   */
  public List<MetricRecord> measure(Dataset<Row> predictions, Optional<Dataset<Row>> groups) {
    throw new UnsupportedOperationException("measure " + plan + predictions + groups);
  }
}
