package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.col;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Where the ids of an earlier encoder are in another one. Values of a vocabulary are found by their
 * token, wherever its id lay. Hashes and buckets have no tokens: they are the same as long as they
 * are made in the same way. Quantiles count as that, although their edges follow the data.
 */
public final class EarlierIds {
  /** Of an id whose token is not in the vocabulary any more. */
  public static final int GONE = -1;

  private static final String EARLIER_ID = "earlier_id";

  private EarlierIds() {}

  /**
   * The ids of every table that both encoders have.
   *
   * @return by table and earlier id the id now, or {@link #GONE}; padding and out of vocabulary
   *     stay what they are
   * @throws CheckpointException if a table's ids are made in another way
   */
  public static SortedMap<String, int[]> of(FeatureEncoder earlier, FeatureEncoder now) {
    Map<String, FittedField> before = new HashMap<>();
    earlier.description().fields().forEach(field -> before.put(field.plan().table(), field));
    SortedMap<String, int[]> ids = new TreeMap<>();
    SortedMap<String, int[]> tokens = new TreeMap<>();
    for (FittedField field : now.description().fields()) {
      String table = field.plan().table();
      FittedField known = before.get(table);
      if (field.plan().kind() == FieldKind.NUMERIC || known == null || ids.containsKey(table)) {
        continue;
      }
      requireSameWay(known.plan(), field.plan());
      int[] places = new int[known.tableRows()];
      if (field.plan().hasVocabulary()) {
        Arrays.fill(places, GONE);
        places[Field.PADDING_ID] = Field.PADDING_ID;
        places[Field.UNKNOWN_ID] = Field.UNKNOWN_ID;
        tokens.put(table, places);
      } else {
        Arrays.setAll(places, id -> id < field.tableRows() ? id : GONE);
      }
      ids.put(table, places);
    }
    if (!tokens.isEmpty()) {
      findTokens(earlier, now, tokens);
    }
    return ids;
  }

  private static void requireSameWay(FieldPlan before, FieldPlan now) {
    if (before.hasVocabulary() != now.hasVocabulary()
        || before.hashBuckets() != now.hashBuckets()
        || before.quantiles() != now.quantiles()
        || !before.edges().equals(now.edges())) {
      throw new CheckpointException(
          String.format(
              "Cannot start from an earlier run: the ids of table %s are made in another way"
                  + " (hash-buckets %d there, %d here; quantiles %d, %d; edges %s, %s), start from"
                  + " a run with the same fields or drop training.warm-start",
              now.table(),
              before.hashBuckets(),
              now.hashBuckets(),
              before.quantiles(),
              now.quantiles(),
              before.edges(),
              now.edges()));
    }
  }

  private static void findTokens(
      FeatureEncoder earlier, FeatureEncoder now, SortedMap<String, int[]> places) {
    SparkSession spark = SparkSession.active();
    List<String> tables = List.copyOf(places.keySet());
    Map<String, Integer> numbers = new HashMap<>();
    tables.forEach(table -> numbers.put(table, numbers.size()));
    Dataset<Row> before =
        Vocabulary.read(spark, earlier.folder())
            .where(col(Vocabulary.TABLE).isin(tables.toArray()))
            .select(
                col(Vocabulary.TABLE), col(Vocabulary.TOKEN), col(Vocabulary.ID).as(EARLIER_ID));
    Dataset<Row> after =
        Vocabulary.read(spark, now.folder())
            .select(Vocabulary.TABLE, Vocabulary.TOKEN, Vocabulary.ID);
    List<int[]> found =
        before
            .join(
                after,
                before
                    .col(Vocabulary.TABLE)
                    .equalTo(after.col(Vocabulary.TABLE))
                    .and(before.col(Vocabulary.TOKEN).equalTo(after.col(Vocabulary.TOKEN))))
            .select(before.col(Vocabulary.TABLE), before.col(EARLIER_ID), after.col(Vocabulary.ID))
            .toJavaRDD()
            .mapPartitions(rows -> List.of(packed(rows, numbers)).iterator())
            .collect();
    for (int[] part : found) {
      for (int i = 0; i < part.length; i += 3) {
        places.get(tables.get(part[i]))[part[i + 1]] = part[i + 2];
      }
    }
  }

  /** Table, earlier id and id now of each row, side by side: there may be millions. */
  private static int[] packed(Iterator<Row> rows, Map<String, Integer> numbers) {
    int[] packed = new int[3 << 10];
    int size = 0;
    while (rows.hasNext()) {
      Row row = rows.next();
      if (size == packed.length) {
        packed = Arrays.copyOf(packed, 2 * size);
      }
      packed[size] = numbers.get(row.getString(0));
      packed[size + 1] = row.getInt(1);
      packed[size + 2] = row.getInt(2);
      size += 3;
    }
    return Arrays.copyOf(packed, size);
  }
}
