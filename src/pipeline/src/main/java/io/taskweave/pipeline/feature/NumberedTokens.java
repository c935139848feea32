package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Tokens with ids: in each table by descending count, ties by token. A range sort orders all tables
 * at once; only the number of tokens by partition and table reaches the driver.
 *
 * @param rows columns {@code table} (its place), {@code token}, {@code id}, {@code count}
 * @param endIds by place of the table, the id after its last one
 */
record NumberedTokens(Dataset<Row> rows, List<Integer> endIds) {
  private static final StructType SCHEMA =
      new StructType()
          .add(Vocabulary.TABLE, DataTypes.IntegerType, false)
          .add(Vocabulary.TOKEN, DataTypes.StringType, false)
          .add(Vocabulary.ID, DataTypes.IntegerType, false)
          .add(Vocabulary.COUNT, DataTypes.LongType, false);

  /**
   * Numbers tokens.
   *
   * @param frequent columns {@code table} (its place), {@code token}, {@code count}
   * @param firstIds by place of the table
   */
  static NumberedTokens of(Dataset<Row> frequent, int[] firstIds) {
    Column[] order = {
      col(Vocabulary.TABLE), col(Vocabulary.COUNT).desc(), col(Vocabulary.TOKEN).asc()
    };
    Dataset<Row> ranges =
        frequent
            .select(Vocabulary.TABLE, Vocabulary.TOKEN, Vocabulary.COUNT)
            .repartitionByRange(order);
    // Both jobs read one shuffle: to count what is in a range it need not be in order.
    RDD<InternalRow> shuffled = ranges.queryExecution().toRdd();
    int tables = firstIds.length;
    long[] next = Arrays.stream(firstIds).asLongStream().toArray();
    List<long[]> firstOfPartitions = new ArrayList<>();
    for (long[] found :
        shuffled.toJavaRDD().mapPartitions(rows -> countTables(rows, tables)).collect()) {
      firstOfPartitions.add(next.clone());
      for (int table = 0; table < tables; table++) {
        next[table] += found[table];
      }
    }
    List<Integer> endIds = Arrays.stream(next).mapToObj(Math::toIntExact).toList();
    SparkSession spark = frequent.sparkSession();
    JavaRDD<InternalRow> numbered =
        spark
            .internalCreateDataFrame(shuffled, ranges.schema(), false)
            .sortWithinPartitions(order)
            .queryExecution()
            .toRdd()
            .toJavaRDD()
            .mapPartitionsWithIndex(
                (partition, rows) -> number(rows, firstOfPartitions.get(partition)), true);
    return new NumberedTokens(spark.internalCreateDataFrame(numbered.rdd(), SCHEMA, false), endIds);
  }

  private static Iterator<long[]> countTables(Iterator<InternalRow> rows, int tables) {
    long[] found = new long[tables];
    while (rows.hasNext()) {
      found[rows.next().getInt(0)]++;
    }
    return List.of(found).iterator();
  }

  private static Iterator<InternalRow> number(Iterator<InternalRow> rows, long[] firstIds) {
    long[] next = firstIds.clone();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public InternalRow next() {
        InternalRow row = rows.next();
        int table = row.getInt(0);
        int id = Math.toIntExact(next[table]++);
        return new GenericInternalRow(
            new Object[] {table, row.getUTF8String(1), id, row.getLong(2)});
      }
    };
  }
}
