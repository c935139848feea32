package io.taskweave.pipeline.validate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Rows whose key occurs more than once. It needs a shuffle of the keys, a pass of its own. Rows
 * with a null in the key are left to the check of nulls.
 */
record KeyCheck(List<String> key) {
  private static final String OCCURRENCES = "taskweave occurrences";

  String column() {
    return String.join(", ", key);
  }

  String breach() {
    return "key (" + column() + ") occurs more than once";
  }

  /** The number of rows that share their key with another. */
  long repeatedRows(Dataset<Row> log) {
    Row total = repeated(log).agg(coalesce(sum(OCCURRENCES), lit(0L))).first();
    return total.getLong(0);
  }

  Offences offences(Dataset<Row> log) {
    Dataset<Row> sharing =
        log.join(repeated(log).drop(OCCURRENCES), key.toArray(String[]::new), "left_semi");
    Column value =
        concat_ws(
            ", ",
            key.stream().map(name -> RowChecks.quoted(name).cast("string")).toArray(Column[]::new));
    return Offences.of(sharing, breach(), value);
  }

  private Dataset<Row> repeated(Dataset<Row> log) {
    Column[] columns = key.stream().map(RowChecks::quoted).toArray(Column[]::new);
    Dataset<Row> keys = log.select(columns).na().drop();
    return keys.groupBy(columns)
        .agg(count(lit(1)).as(OCCURRENCES))
        .where(RowChecks.quoted(OCCURRENCES).gt(lit(1)));
  }
}
