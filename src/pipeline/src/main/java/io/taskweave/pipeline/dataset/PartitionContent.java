package io.taskweave.pipeline.dataset;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Rows of one partition and their hash: the sum, modulo 2^64, of xxhash64 over the columns in their
 * declared order, so that neither file names nor the order of rows matter.
 */
public record PartitionContent(long rows, String hash) {
  private static final long LOW_HALF = 0xFFFFFFFFL;

  /** One pass over the rows. The key is the value of {@code dt}; "" if there is no such column. */
  public static SortedMap<String, PartitionContent> byPartition(Dataset<Row> rows) {
    Column[] hashed =
        Arrays.stream(rows.columns())
            .flatMap(
                name -> {
                  Column column = quoted(name);
                  // Spark skips nulls when it hashes: (null, 1) and (1, null) would be one row.
                  return java.util.stream.Stream.of(column, column.isNull());
                })
            .toArray(Column[]::new);
    Column hash = hashed.length == 0 ? lit(0L) : xxhash64(hashed);
    boolean partitioned = Arrays.asList(rows.columns()).contains(DataSet.PARTITION_COLUMN);
    Column partition =
        partitioned ? coalesce(quoted(DataSet.PARTITION_COLUMN).cast("string"), lit("")) : lit("");
    List<Row> sums =
        rows.select(partition.as("partition"), hash.as("hash"))
            .groupBy("partition")
            .agg(
                count(lit(1)),
                sum(shiftrightunsigned(col("hash"), 32)),
                sum(col("hash").bitwiseAND(LOW_HALF)))
            .collectAsList();
    TreeMap<String, PartitionContent> content = new TreeMap<>();
    for (Row row : sums) {
      long total = (row.getLong(2) << 32) + row.getLong(3);
      content.put(row.getString(0), new PartitionContent(row.getLong(1), hex(total)));
    }
    return content;
  }

  /** The hash of several partitions together. */
  static String combined(Collection<PartitionContent> partitions) {
    long total = 0;
    for (PartitionContent content : new ArrayList<>(partitions)) {
      total += Long.parseUnsignedLong(content.hash(), 16);
    }
    return hex(total);
  }

  static Column quoted(String column) {
    return col("`" + column.replace("`", "``") + "`");
  }

  private static String hex(long value) {
    String digits = Long.toHexString(value);
    return "0".repeat(16 - digits.length()) + digits;
  }
}
