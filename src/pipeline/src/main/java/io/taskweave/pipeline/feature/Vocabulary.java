package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.sum;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.FieldKind;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The tokens of one embedding table: rows of {@code token, id, count}, ids from 2 without gaps. */
final class Vocabulary {
  static final String FOLDER = "vocabulary";
  static final String TOKEN = "token";
  static final String ID = "id";
  static final String COUNT = "count";

  private static final StructType SCHEMA =
      new StructType()
          .add(TOKEN, DataTypes.StringType, false)
          .add(ID, DataTypes.IntegerType, false)
          .add(COUNT, DataTypes.LongType, false);

  private Vocabulary() {}

  /** Folder of a table's vocabulary below an encoder's folder; any table name is safe. */
  static Path folder(Path encoder, String table) {
    String name = URLEncoder.encode(table, StandardCharsets.UTF_8).replace("*", "%2A");
    return new Path(new Path(encoder, FOLDER), "table=" + name);
  }

  static Dataset<Row> read(SparkSession spark, Path encoder, String table) {
    try {
      return spark
          .read()
          .schema(SCHEMA)
          .option("basePath", folder(encoder, table).toString())
          .parquet(folder(encoder, table).toString());
    } catch (RuntimeException failure) {
      throw new InputRejectedException(
          String.format(
              "Cannot read the vocabulary of table %s: %s, rerun the features stage",
              table, failure.getMessage()),
          failure);
    }
  }

  /** Tokens of all fields of a table in the training part, with their counts. */
  static Dataset<Row> tokenCounts(Dataset<Row> training, List<FieldPlan> fields) {
    Dataset<Row> counts = null;
    for (FieldPlan field : fields) {
      Column token =
          field.kind() == FieldKind.MULTI_VALUED
              ? explode(FieldValues.tokens(training, field))
              : FieldValues.token(training, field);
      // Counting a field at a time reads its column alone and shuffles one row a token and task.
      Dataset<Row> part =
          training
              .select(token.as(TOKEN))
              .where(col(TOKEN).isNotNull())
              .groupBy(TOKEN)
              .agg(count(lit(1)).as(COUNT));
      counts = counts == null ? part : counts.union(part);
    }
    return fields.size() == 1 ? counts : counts.groupBy(TOKEN).agg(sum(COUNT).as(COUNT));
  }

  /** Fresh ids by descending count, ties by token. */
  static Dataset<Row> number(Dataset<Row> counts, int minimumCount) {
    return numbered(counts.where(col(COUNT).geq(minimumCount)), FieldValues.FIRST_ID);
  }

  /** The previous tokens with their ids and present counts, then new ones in their own order. */
  static Dataset<Row> append(Dataset<Row> previous, Dataset<Row> counts, int minimumCount) {
    Dataset<Row> present =
        counts.select(col(TOKEN).as("present_token"), col(COUNT).as("present_count"));
    Dataset<Row> kept =
        previous
            .join(present, col(TOKEN).equalTo(col("present_token")), "left")
            .select(col(TOKEN), col(ID), coalesce(col("present_count"), lit(0L)).as(COUNT));
    Dataset<Row> added =
        counts
            .where(col(COUNT).geq(minimumCount))
            .join(
                previous.select(col(TOKEN).as("old_token")),
                col(TOKEN).equalTo(col("old_token")),
                "left_anti");
    return kept.union(numbered(added, rows(previous)));
  }

  /** Rows of the embedding table, rows 0 and 1 included. */
  static int rows(Dataset<Row> vocabulary) {
    Row row = vocabulary.agg(max(ID)).first();
    return row.isNullAt(0) ? FieldValues.FIRST_ID : row.getInt(0) + 1;
  }

  private static Dataset<Row> numbered(Dataset<Row> counts, int firstId) {
    // A range sort, then offsets of whole partitions: only partition sizes reach the driver.
    var rows =
        counts
            .orderBy(col(COUNT).desc(), col(TOKEN).asc())
            .select(TOKEN, COUNT)
            .toJavaRDD()
            .zipWithIndex()
            .map(
                pair ->
                    RowFactory.create(
                        pair._1().getString(0),
                        Math.toIntExact(Math.addExact(pair._2(), (long) firstId)),
                        pair._1().getLong(1)));
    return counts.sparkSession().createDataFrame(rows, SCHEMA);
  }
}
