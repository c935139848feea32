package io.taskweave.pipeline.dataset;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Rows of one partition and their hash: the sum, modulo 2^64, of xxhash64 over the columns in their
 * declared order, so that neither file names nor the order of rows matter.
 */
public record PartitionContent(long rows, String hash) {
  private static final long LOW_HALF = 0xFFFFFFFFL;
  private static final String HASH = "taskweave row hash";

  /** One pass over the rows. The key is the value of {@code dt}; "" if there is no such column. */
  public static SortedMap<String, PartitionContent> byPartition(Dataset<Row> rows) {
    boolean partitioned = Arrays.asList(rows.columns()).contains(DataSet.PARTITION_COLUMN);
    Column partition =
        partitioned ? coalesce(quoted(DataSet.PARTITION_COLUMN).cast("string"), lit("")) : lit("");
    List<Column> sums = sums();
    List<Row> groups =
        hashed(rows)
            .groupBy(partition)
            .agg(sums.get(0), sums.subList(1, sums.size()).toArray(Column[]::new))
            .collectAsList();
    TreeMap<String, PartitionContent> content = new TreeMap<>();
    for (Row group : groups) {
      content.put(group.getString(0), of(group, 1));
    }
    return content;
  }

  /** The rows with their hash beside them, for {@link #sums} in a pass that counts more. */
  public static Dataset<Row> hashed(Dataset<Row> rows) {
    Column[] content =
        Arrays.stream(rows.columns())
            // Spark skips nulls when it hashes: (null, 1) and (1, null) would be one row.
            .flatMap(name -> Stream.of(quoted(name), quoted(name).isNull()))
            .toArray(Column[]::new);
    return rows.withColumn(HASH, content.length == 0 ? lit(0L) : xxhash64(content));
  }

  /** Three aggregates over {@link #hashed} rows, from which {@link #of} reads the content. */
  public static List<Column> sums() {
    return List.of(
        count(lit(1)), sum(shiftrightunsigned(col(HASH), 32)), sum(col(HASH).bitwiseAND(LOW_HALF)));
  }

  /**
   * The content of a group of at least one row.
   *
   * @param first place of the first of the three {@link #sums}
   */
  public static PartitionContent of(Row group, int first) {
    long total = (group.getLong(first + 1) << 32) + group.getLong(first + 2);
    return new PartitionContent(group.getLong(first), hex(total));
  }

  /** This and other rows together. */
  public PartitionContent plus(PartitionContent other) {
    return new PartitionContent(rows + other.rows, hex(bits() + other.bits()));
  }

  /** The hash of several partitions together. */
  static String combined(Collection<PartitionContent> partitions) {
    return hex(partitions.stream().mapToLong(PartitionContent::bits).sum());
  }

  static Column quoted(String column) {
    return col("`" + column.replace("`", "``") + "`");
  }

  private long bits() {
    return Long.parseUnsignedLong(hash, 16);
  }

  private static String hex(long value) {
    String digits = Long.toHexString(value);
    return "0".repeat(16 - digits.length()) + digits;
  }
}
