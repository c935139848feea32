package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.array_position;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.FieldKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The tokens of the embedding tables: rows of {@code token, id, count} by table, ids from 2 without
 * gaps. All tables are counted and numbered together: a job a table would cost more than its work.
 */
final class Vocabulary {
  static final String FOLDER = "vocabulary";
  static final String TOKEN = "token";
  static final String ID = "id";
  static final String COUNT = "count";

  /** Name of the table; in rows still to be numbered its place among the tables. */
  static final String TABLE = "table";

  private static final StructType SCHEMA =
      new StructType()
          .add(TOKEN, DataTypes.StringType, false)
          .add(ID, DataTypes.IntegerType, false)
          .add(COUNT, DataTypes.LongType, false)
          .add(TABLE, DataTypes.StringType, false);

  private static final StructType COUNTS =
      new StructType()
          .add(TABLE, DataTypes.IntegerType, false)
          .add(TOKEN, DataTypes.StringType, false)
          .add(COUNT, DataTypes.LongType, false);

  private Vocabulary() {}

  /** All vocabularies of an encoder. */
  static Dataset<Row> read(SparkSession spark, Path encoder) {
    Path folder = new Path(encoder, FOLDER);
    try {
      return spark
          .read()
          .schema(SCHEMA)
          .option("basePath", folder.toString())
          .parquet(folder.toString());
    } catch (RuntimeException failure) {
      throw new InputRejectedException(
          String.format(
              "Cannot read the vocabularies of %s: %s, rerun the features stage",
              encoder, failure.getMessage()),
          failure);
    }
  }

  /** The vocabulary of one table, without its name. */
  static Dataset<Row> ofTable(Dataset<Row> vocabularies, String table) {
    return vocabularies.where(col(TABLE).equalTo(lit(table))).drop(TABLE);
  }

  /**
   * Writes the vocabularies of tables: earlier tokens with their ids and present counts, then those
   * of the training part that are new and frequent enough, by descending count, ties by token.
   *
   * @param previous earlier vocabularies, as {@link #read}
   * @param previousRows rows of their embedding tables
   * @return rows of each embedding table, rows 0 and 1 included
   */
  static Map<String, Integer> write(
      Dataset<Row> training,
      SortedMap<String, List<FieldPlan>> fieldsByTable,
      Optional<Dataset<Row>> previous,
      Map<String, Integer> previousRows,
      Path encoder) {
    List<String> tables = List.copyOf(fieldsByTable.keySet());
    int[] firstIds =
        tables.stream()
            .mapToInt(table -> previousRows.getOrDefault(table, FieldValues.FIRST_ID))
            .toArray();
    int[] minimumCounts =
        tables.stream().mapToInt(table -> fieldsByTable.get(table).get(0).minimumCount()).toArray();
    Dataset<Row> counts = tokenCounts(training, tables, fieldsByTable);
    Dataset<Row> frequent =
        counts.where(col(COUNT).geq(element_at(lit(minimumCounts), col(TABLE).plus(lit(1)))));
    Optional<Dataset<Row>> old = previous.map(rows -> placed(rows, tables));
    Dataset<Row> added =
        old.map(rows -> frequent.join(rows, joined(frequent, rows), "left_anti")).orElse(frequent);
    NumberedTokens numbered = NumberedTokens.of(added, firstIds);
    Dataset<Row> vocabulary =
        old.map(rows -> recounted(rows, counts).unionByName(numbered.rows()))
            .orElse(numbered.rows());
    vocabulary
        .withColumn(TABLE, element_at(lit(tables.toArray(String[]::new)), col(TABLE).plus(lit(1))))
        .write()
        .partitionBy(TABLE)
        .parquet(new Path(encoder, FOLDER).toString());
    Map<String, Integer> rows = new HashMap<>();
    for (int table = 0; table < firstIds.length; table++) {
      rows.put(tables.get(table), numbered.endIds().get(table));
    }
    return rows;
  }

  /** Tokens of all fields of each table in the training part, with their counts. */
  private static Dataset<Row> tokenCounts(
      Dataset<Row> training, List<String> tables, Map<String, List<FieldPlan>> fieldsByTable) {
    Optional<LogBatches> batches = batches(training, fieldsByTable);
    List<BatchTokenCounts.Source> ofBatches = new ArrayList<>();
    List<RowTokenCounts.Source> ofRows = new ArrayList<>();
    List<Column> columns = new ArrayList<>();
    for (int table = 0; table < tables.size(); table++) {
      for (FieldPlan field : fieldsByTable.get(tables.get(table))) {
        if (batches.isPresent() && LogBatches.holdsTokens(training, field)) {
          int column = batches.get().schema().fieldIndex(field.column());
          ofBatches.add(new BatchTokenCounts.Source(table, column));
        } else {
          boolean isList = field.kind() == FieldKind.MULTI_VALUED;
          Column tokens =
              isList ? FieldValues.tokens(training, field) : FieldValues.token(training, field);
          columns.add(tokens.as(TOKEN + columns.size()));
          ofRows.add(new RowTokenCounts.Source(table, isList));
        }
      }
    }
    // One scan each for all fields; a task shuffles about a row a token.
    SparkSession spark = training.sparkSession();
    int tableCount = tables.size();
    JavaRDD<InternalRow> counts =
        JavaSparkContext.fromSparkContext(spark.sparkContext()).<InternalRow>emptyRDD();
    if (!ofBatches.isEmpty()) {
      counts =
          counts.union(
              batches
                  .get()
                  .batches()
                  .mapPartitions(
                      input ->
                          new BatchTokenCounts(
                              input, ofBatches, tableCount, TokenCounts.HELD_BYTES)));
    }
    if (!ofRows.isEmpty()) {
      counts =
          counts.union(
              training
                  .select(columns.toArray(Column[]::new))
                  .queryExecution()
                  .toRdd()
                  .toJavaRDD()
                  .mapPartitions(
                      input ->
                          new RowTokenCounts(input, ofRows, tableCount, TokenCounts.HELD_BYTES)));
    }
    return spark
        .internalCreateDataFrame(counts.rdd(), COUNTS, false)
        .groupBy(TABLE, TOKEN)
        .agg(sum(COUNT).as(COUNT));
  }

  /** The columns that hold tokens as they are, if a scan alone gives them. */
  private static Optional<LogBatches> batches(
      Dataset<Row> training, Map<String, List<FieldPlan>> fieldsByTable) {
    Set<String> names = new HashSet<>();
    for (List<FieldPlan> fields : fieldsByTable.values()) {
      for (FieldPlan field : fields) {
        if (LogBatches.holdsTokens(training, field)) {
          names.add(field.column());
        }
      }
    }
    return names.isEmpty() ? Optional.empty() : LogBatches.of(training, names);
  }

  /** Earlier vocabularies with the place of their table instead of its name. */
  private static Dataset<Row> placed(Dataset<Row> previous, List<String> tables) {
    return previous
        .withColumn(
            TABLE,
            array_position(lit(tables.toArray(String[]::new)), col(TABLE))
                .cast("int")
                .minus(lit(1)))
        .where(col(TABLE).geq(lit(0)));
  }

  private static Dataset<Row> recounted(Dataset<Row> old, Dataset<Row> counts) {
    return old.join(counts, joined(old, counts), "left")
        .select(
            old.col(TABLE),
            old.col(TOKEN),
            old.col(ID),
            coalesce(counts.col(COUNT), lit(0L)).as(COUNT));
  }

  private static Column joined(Dataset<Row> first, Dataset<Row> second) {
    return first
        .col(TABLE)
        .equalTo(second.col(TABLE))
        .and(first.col(TOKEN).equalTo(second.col(TOKEN)));
  }
}
