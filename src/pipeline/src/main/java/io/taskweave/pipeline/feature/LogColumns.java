package io.taskweave.pipeline.feature;

import io.taskweave.core.error.InputRejectedException;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;

/** Columns of a log by name; names with dots and quotes mean what they say. */
final class LogColumns {
  private LogColumns() {}

  static boolean has(Dataset<Row> rows, String name) {
    return Arrays.asList(rows.columns()).contains(name);
  }

  /**
   * @throws InputRejectedException if there is no such column
   */
  static Column require(Dataset<Row> rows, String name, String purpose) {
    if (!has(rows, name)) {
      throw new InputRejectedException(
          String.format(
              "Cannot read %s: the log has no such column (%s), choose one of %s",
              purpose,
              name,
              Arrays.stream(rows.columns())
                  .filter(column -> !column.equals(InputChecks.PART))
                  .collect(Collectors.joining(", "))));
    }
    return quoted(name);
  }

  static boolean isArray(Dataset<Row> rows, String name) {
    return rows.schema().apply(name).dataType() instanceof ArrayType;
  }

  static Column quoted(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }
}
