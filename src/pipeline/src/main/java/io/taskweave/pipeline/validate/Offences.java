package io.taskweave.pipeline.validate;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.DataSet;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/** Rows that break promises: one row {@code sample_id, day, breach, value} a breach. */
final class Offences {
  static final String BREACHES = "breaches";
  private static final String DAY = "day";
  private static final String BREACH = "breach";
  private static final String VALUE = "value";
  private static final String RANK = "rank";

  /** No column of a log has these names. */
  private static final String ROW_ID = "taskweave row id";

  private static final String ROW_DAY = "taskweave row day";
  private static final String FOUND = "taskweave breach";

  private final Dataset<Row> rows;

  private Offences(Dataset<Row> rows) {
    this.rows = rows;
  }

  /** Of the checks that are known to be broken; one pass over the log for all of them. */
  static Offences of(Dataset<Row> log, List<RowCheck> broken) {
    Column[] each =
        broken.stream()
            .map(
                check ->
                    when(
                        check.broken(),
                        struct(
                            lit(check.breach()).as(BREACH),
                            coalesce(check.value(), lit("null")).as(VALUE))))
            .toArray(Column[]::new);
    Column breaches = filter(array(each), breach -> breach.isNotNull());
    return new Offences(
        identified(log)
            .withColumn(FOUND, explode(breaches))
            .select(
                col(ROW_ID), col(ROW_DAY), col(FOUND).getField(BREACH), col(FOUND).getField(VALUE))
            .toDF(SampleColumns.SAMPLE_ID, DAY, BREACH, VALUE));
  }

  /** Of rows that all break one promise. */
  static Offences of(Dataset<Row> offenders, String breach, Column value) {
    return new Offences(
        identified(offenders)
            .select(col(ROW_ID), col(ROW_DAY), lit(breach), value)
            .toDF(SampleColumns.SAMPLE_ID, DAY, BREACH, VALUE));
  }

  Offences and(Offences others) {
    return new Offences(rows.unionByName(others.rows));
  }

  /** The lowest sample ids of each breach, by its words. */
  SortedMap<String, List<Finding.Offender>> first(int count) {
    SortedMap<String, List<Finding.Offender>> first = new TreeMap<>();
    Column rank =
        row_number().over(Window.partitionBy(BREACH).orderBy(SampleColumns.SAMPLE_ID, DAY, VALUE));
    for (Row row :
        rows.withColumn(RANK, rank)
            .where(col(RANK).leq(lit(count)))
            .orderBy(BREACH, RANK)
            .select(BREACH, SampleColumns.SAMPLE_ID, DAY, VALUE)
            .collectAsList()) {
      first
          .computeIfAbsent(row.getString(0), ignored -> new ArrayList<>())
          .add(new Finding.Offender(row.getLong(1), row.getString(2), row.getString(3)));
    }
    return first;
  }

  /** One row an offender: {@code sample_id, day, breaches}. */
  Dataset<Row> byRow() {
    return rows.groupBy(SampleColumns.SAMPLE_ID, DAY)
        .agg(array_sort(collect_set(BREACH)).as(BREACHES));
  }

  private static Dataset<Row> identified(Dataset<Row> log) {
    return log.withColumn(ROW_ID, RowChecks.quoted(SampleColumns.SAMPLE_ID).cast("long"))
        .withColumn(
            ROW_DAY, coalesce(RowChecks.quoted(DataSet.PARTITION_COLUMN).cast("string"), lit("")));
  }
}
