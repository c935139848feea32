package io.taskweave.pipeline.dataset;

import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/**
 * Columns as a hash of rows takes them: each with whether it is null. Spark skips nulls when it
 * hashes, so (null, 1) and (1, null) would be one row.
 */
public final class HashedColumns {
  private HashedColumns() {}

  /**
   * @param names of columns, in which dots and quotes mean what they say
   */
  public static Column[] of(String... names) {
    return Arrays.stream(names)
        .map(name -> functions.col("`" + name.replace("`", "``") + "`"))
        .flatMap(column -> Stream.of(column, column.isNull()))
        .toArray(Column[]::new);
  }
}
