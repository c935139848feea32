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
    Column hash = col(HASH);
    List<Row> groups =
        hashed(rows)
            .groupBy(partition)
            .agg(
                count(lit(1)),
                sum(shiftrightunsigned(hash, Integer.SIZE)),
                sum(hash.bitwiseAND(LOW_HALF)))
            .collectAsList();
    TreeMap<String, PartitionContent> content = new TreeMap<>();
    for (Row group : groups) {
      long sum = (group.getLong(2) << Integer.SIZE) + group.getLong(3);
      content.put(group.getString(0), of(group.getLong(1), sum));
    }
    return content;
  }

  /**
   * The content of rows that were met one by one.
   *
   * @param hashSum sum of their {@link RowHash}, modulo 2^64
   */
  static PartitionContent of(long rows, long hashSum) {
    return new PartitionContent(rows, hex(hashSum));
  }

  /** What readers use beside the rows: none of them, and a hash of a text that tells it. */
  public static PartitionContent besideRows(String text) {
    return new PartitionContent(0, Fingerprint.ofText(text).substring(0, 16));
  }

  private static Dataset<Row> hashed(Dataset<Row> rows) {
    Column[] content = HashedColumns.of(rows.columns());
    return rows.withColumn(HASH, content.length == 0 ? lit(0L) : xxhash64(content));
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
