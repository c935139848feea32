package io.taskweave.pipeline.evaluate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SampleColumns;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Differences between two runs on the same samples, with intervals from a bootstrap over users that
 * resamples the same users in both runs.
 */
public final class Comparison {
  private final EvaluationPlan plan;

  public Comparison(EvaluationPlan plan) {
    this.plan = plan;
  }

  /**
   * The second run minus the first, for every metric but the bins of calibration, at each
   * checkpoint that both have been scored at. Both predictions and the groups have the columns that
   * {@link Evaluation#measure} takes.
   *
   * @throws InputRejectedException if the runs differ in samples, users or labels
   */
  public List<DifferenceRecord> compare(
      Dataset<Row> first, Dataset<Row> second, Optional<Dataset<Row>> groups) {
    requireSameSamples(first, second);
    Measurements ofFirst = Measurements.of(first, groups, plan);
    Measurements ofSecond = Measurements.of(second, groups, plan);
    List<DifferenceRecord> records = new ArrayList<>();
    for (int split = 0; split < plan.splits().size(); split++) {
      for (int group = 0; group < ofFirst.groups().size(); group++) {
        List<Measure> after = Measure.all(plan, ofSecond, split, group);
        for (Measure before : Measure.all(plan, ofFirst, split, group)) {
          after.stream()
              .filter(before::corresponds)
              .findFirst()
              .ifPresent(found -> records.add(before.to(found)));
        }
      }
    }
    return records;
  }

  private void requireSameSamples(Dataset<Row> first, Dataset<Row> second) {
    Dataset<Row> left = samples(first).alias("first");
    Dataset<Row> right = samples(second).alias("second");
    Column same =
        col("first." + SampleColumns.SAMPLE_ID)
            .equalTo(col("second." + SampleColumns.SAMPLE_ID))
            .and(col("first.split").equalTo(col("second.split")));
    Column equal = col("first.user").eqNullSafe(col("second.user"));
    for (int task = 0; task < plan.tasks().size(); task++) {
      equal = equal.and(col("first.label" + task).eqNullSafe(col("second.label" + task)));
    }
    Column inFirst = col("first.split").isNotNull();
    Column inSecond = col("second.split").isNotNull();
    Row counts =
        left.join(right, same, "full_outer")
            .agg(
                count(lit(1)),
                sum(when(not(inSecond), 1L).otherwise(0L)),
                sum(when(not(inFirst), 1L).otherwise(0L)),
                sum(when(inFirst.and(inSecond).and(not(equal)), 1L).otherwise(0L)))
            .head();
    if (counts.getLong(0) > 0 && counts.getLong(1) + counts.getLong(2) + counts.getLong(3) > 0) {
      throw new InputRejectedException(
          String.format(
              Locale.ROOT,
              "Cannot compare runs: their samples differ (%d only in the first, %d only in the"
                  + " second, %d with another user or label), score both on the same samples",
              counts.getLong(1),
              counts.getLong(2),
              counts.getLong(3)));
    }
  }

  private Dataset<Row> samples(Dataset<Row> predictions) {
    List<Column> columns = new ArrayList<>();
    columns.add(col(SampleColumns.SAMPLE_ID));
    columns.add(col(SampleColumns.SPLIT));
    columns.add(col(SampleColumns.USER));
    for (int task = 0; task < plan.tasks().size(); task++) {
      columns.add(
          ScoredSample.quoted(SampleColumns.label(plan.tasks().get(task)))
              .cast("int")
              .as("label" + task));
    }
    return predictions
        .filter(col(SampleColumns.SPLIT).isin(plan.splits().toArray()))
        .select(columns.toArray(Column[]::new));
  }
}
