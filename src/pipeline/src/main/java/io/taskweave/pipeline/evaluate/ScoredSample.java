package io.taskweave.pipeline.evaluate;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SampleColumns;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * One labelled sample of one task, as the scans over predictions read it.
 *
 * @param base split index times number of series, plus index of the series
 * @param user 64-bit hash of the user, which stands for him
 * @param groups indices of {@link GroupNames}
 */
record ScoredSample(
    int base, double score, boolean positive, double weight, long user, List<Integer> groups)
    implements Serializable {
  static final String BASE = "base";
  static final String SCORE = "score";
  static final String USER = "user_hash";
  private static final String LABEL = "label";

  /** Refuses a label other than 0 and 1, and a score outside [0, 1]. */
  static ScoredSample of(Row row) {
    double score = row.isNullAt(1) ? Double.NaN : row.getDouble(1);
    int label = row.getInt(2);
    if (!(score >= 0 && score <= 1) || (label != 0 && label != 1)) {
      throw new InputRejectedException(
          "Cannot evaluate predictions: a score is no probability or a label neither 0 nor 1"
              + " (score "
              + row.get(1)
              + ", label "
              + label
              + ", sample_id "
              + row.get(6)
              + "), score the samples again");
    }
    return new ScoredSample(
        row.getInt(0),
        score,
        label == 1,
        row.getDouble(3),
        row.getLong(4),
        row.isNullAt(5) ? List.of() : row.getList(5));
  }

  /** One row a labelled sample and series, in the columns that {@link #of} reads. */
  static Dataset<Row> rows(
      Dataset<Row> predictions, EvaluationPlan plan, List<ScoreSeries> series, GroupNames groups) {
    requireColumns(predictions, plan);
    Column split = lit(null).cast("int");
    for (int index = 0; index < plan.splits().size(); index++) {
      split =
          when(col(SampleColumns.SPLIT).equalTo(plan.splits().get(index)), lit(index))
              .otherwise(split);
    }
    Column[] bySeries = new Column[series.size()];
    for (int index = 0; index < bySeries.length; index++) {
      bySeries[index] =
          struct(
              lit(index).as("series"),
              quoted(series.get(index).column()).cast("double").as(SCORE),
              quoted(SampleColumns.label(series.get(index).task())).cast("int").as(LABEL));
    }
    boolean weighted = Arrays.asList(predictions.columns()).contains(SampleColumns.WEIGHT);
    Column weight =
        weighted ? coalesce(col(SampleColumns.WEIGHT).cast("double"), lit(1.0)) : lit(1.0);
    Dataset<Row> rows =
        groups
            .join(
                predictions.withColumn("split_index", split).filter(col("split_index").isNotNull()))
            .select(
                col("split_index"),
                weight.as("sample_weight"),
                xxhash64(col(SampleColumns.USER)).as(USER),
                col(GroupNames.COLUMN),
                col(SampleColumns.SAMPLE_ID),
                explode(array(bySeries)).as("scored"))
            .filter(col("scored." + LABEL).isNotNull().and(col("sample_weight").gt(0)))
            .select(
                col("split_index").multiply(bySeries.length).plus(col("scored.series")).as(BASE),
                col("scored." + SCORE).as(SCORE),
                col("scored." + LABEL).as(LABEL),
                col("sample_weight"),
                col(USER),
                col(GroupNames.COLUMN),
                col(SampleColumns.SAMPLE_ID));
    return rows;
  }

  private static void requireColumns(Dataset<Row> predictions, EvaluationPlan plan) {
    List<String> columns = Arrays.asList(predictions.columns());
    List<String> needed =
        new ArrayList<>(List.of(SampleColumns.SAMPLE_ID, SampleColumns.USER, SampleColumns.SPLIT));
    for (String task : plan.tasks()) {
      needed.add(SampleColumns.label(task));
      needed.add(SampleColumns.score(task));
    }
    needed.removeAll(columns);
    if (!needed.isEmpty()) {
      throw new InputRejectedException(
          "Cannot evaluate predictions: columns are missing ("
              + String.join(", ", needed)
              + "), score the samples again with these tasks");
    }
  }

  static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
