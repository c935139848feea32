package io.taskweave.pipeline.evaluate;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Differences between two runs on the same samples. */
public final class Comparison {
  private final EvaluationPlan plan;

  public Comparison(EvaluationPlan plan) {
    this.plan = plan;
  }

  /** Both predictions and the groups have the columns that {@link Evaluation#measure} takes. */
  public List<DifferenceRecord> compare(
      Dataset<Row> first, Dataset<Row> second, Optional<Dataset<Row>> groups) {
    throw new UnsupportedOperationException("compare " + plan + first + second + groups);
  }
}
