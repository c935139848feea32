package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.first;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.posexplode_outer;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.SampleColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/** Turns rows of a log into rows of {@link SampleColumns}. */
final class RowEncoding {
  private static final String TOKEN = "vocabulary_token";
  private static final String ID = "vocabulary_id";
  private static final String COLD = "cold_token";
  private static final String KEY = "join_key";
  private static final String ROW = "exploded_row";
  private static final String POSITION = "exploded_position";

  /** Tokens that may each fill a large part of the rows, at most; ids are by frequency. */
  private static final int HOT_TOKENS = 1000;

  private final EncoderDescription description;
  private final Map<String, Dataset<Row>> vocabularies;

  RowEncoding(EncoderDescription description, Map<String, Dataset<Row>> vocabularies) {
    this.description = description;
    this.vocabularies = vocabularies;
  }

  /** Sample columns of every row; {@code split} and {@code dt} only where they are given. */
  Dataset<Row> encode(Dataset<Row> log, Optional<Column> split) {
    List<Column> columns = new ArrayList<>(keys(log));
    split.ifPresent(part -> columns.add(part.as(SampleColumns.SPLIT)));
    if (LogColumns.has(log, SampleColumns.DAY)) {
      columns.add(LogColumns.quoted(SampleColumns.DAY).cast("string").as(SampleColumns.DAY));
    }
    columns.addAll(labels(log));
    for (FittedField field : description.fields()) {
      columns.add(value(log, field).as(SampleColumns.feature(field.plan().name())));
    }
    Dataset<Row> rows = lookUpSmall(log.select(columns.toArray(Column[]::new)));
    String[] names = rows.columns();
    for (FittedField field : description.fields()) {
      if (field.plan().hasVocabulary() && !isJoinedAsOne(field)) {
        rows = look(rows, field);
      }
    }
    return rows.select(Arrays.stream(names).map(LogColumns::quoted).toArray(Column[]::new));
  }

  /** Small vocabularies of single tokens, which one projection after all their joins looks up. */
  private boolean isJoinedAsOne(FittedField field) {
    return field.plan().hasVocabulary()
        && field.plan().kind() == FieldKind.CATEGORICAL
        && isSmall(field);
  }

  private boolean isSmall(FittedField field) {
    return field.tableRows() - FieldValues.FIRST_ID <= description.broadcastLimit();
  }

  private Dataset<Row> lookUpSmall(Dataset<Row> rows) {
    Map<String, Column> ids = new HashMap<>();
    Dataset<Row> joined = rows;
    for (FittedField field : description.fields()) {
      if (isJoinedAsOne(field)) {
        String feature = SampleColumns.feature(field.plan().name());
        String token = TOKEN + ids.size();
        String id = ID + ids.size();
        Dataset<Row> vocabulary =
            vocabularies
                .get(field.plan().table())
                .select(col(Vocabulary.TOKEN).as(token), col(Vocabulary.ID).as(id));
        Column value = LogColumns.quoted(feature);
        joined = joined.join(broadcast(vocabulary), value.equalTo(col(token)), "left");
        ids.put(feature, idOf(value, col(id)).as(feature));
      }
    }
    return ids.isEmpty()
        ? rows
        : joined.select(
            Arrays.stream(rows.columns())
                .map(name -> ids.getOrDefault(name, LogColumns.quoted(name)))
                .toArray(Column[]::new));
  }

  private List<Column> keys(Dataset<Row> log) {
    Column user = LogColumns.require(log, description.userColumn(), "the user").cast("string");
    Column item = LogColumns.require(log, description.itemColumn(), "the item").cast("string");
    Column sampleId =
        LogColumns.has(log, SampleColumns.SAMPLE_ID)
            ? LogColumns.quoted(SampleColumns.SAMPLE_ID).cast("long")
            : xxhash64(Arrays.stream(log.columns()).map(LogColumns::quoted).toArray(Column[]::new));
    Column time =
        LogColumns.has(log, SampleColumns.TIME)
            ? coalesce(LogColumns.quoted(SampleColumns.TIME).cast("long"), lit(0L))
            : lit(0L);
    // A new log may come without weights; what trains is verified to have them.
    boolean weighted =
        !description.weightColumn().isEmpty() && LogColumns.has(log, description.weightColumn());
    Column weight =
        weighted ? LogColumns.quoted(description.weightColumn()).cast("float") : lit(1.0f);
    return List.of(
        sampleId.as(SampleColumns.SAMPLE_ID),
        user.as(SampleColumns.USER),
        item.as(SampleColumns.ITEM),
        time.as(SampleColumns.TIME),
        pmod(xxhash64(user), lit((long) description.streams()))
            .cast("int")
            .as(SampleColumns.STREAM),
        weight.as(SampleColumns.WEIGHT));
  }

  private List<Column> labels(Dataset<Row> log) {
    return description.tasks().stream()
        .map(
            task ->
                (LogColumns.has(log, task.labelColumn())
                        ? LogColumns.quoted(task.labelColumn()).cast("double").cast("tinyint")
                        : lit(null).cast("tinyint"))
                    .as(SampleColumns.label(task.name())))
        .toList();
  }

  /** The final value of a field, or its tokens where a vocabulary is still to be looked up. */
  private static Column value(Dataset<Row> log, FittedField field) {
    FieldPlan plan = field.plan();
    if (plan.kind() == FieldKind.NUMERIC) {
      return FieldValues.transformed(log, plan)
          .minus(lit(field.mean()))
          .divide(lit(field.deviation()))
          .cast("float");
    }
    if (plan.isBucketed()) {
      return FieldValues.bucket(FieldValues.transformed(log, plan), field.edges());
    }
    if (plan.kind() == FieldKind.MULTI_VALUED) {
      Column tokens = FieldValues.tokens(log, plan);
      return plan.hashBuckets() > 0
          ? transform(tokens, token -> FieldValues.hashed(token, plan.hashBuckets()))
          : tokens;
    }
    Column token = FieldValues.token(log, plan);
    return plan.hashBuckets() > 0
        ? when(token.isNull(), lit(FieldValues.MISSING_ID))
            .otherwise(FieldValues.hashed(token, plan.hashBuckets()))
        : token;
  }

  private Dataset<Row> look(Dataset<Row> rows, FittedField field) {
    String feature = SampleColumns.feature(field.plan().name());
    Dataset<Row> vocabulary =
        vocabularies
            .get(field.plan().table())
            .select(col(Vocabulary.TOKEN).as(TOKEN), col(Vocabulary.ID).as(ID));
    boolean small = isSmall(field);
    if (field.plan().kind() == FieldKind.CATEGORICAL) {
      return lookUp(rows, feature, vocabulary, small);
    }
    // A list is taken apart with the whole row beside it, so that no second pass must find it.
    Column whole =
        struct(Arrays.stream(rows.columns()).map(LogColumns::quoted).toArray(Column[]::new));
    Dataset<Row> exploded =
        rows.select(monotonically_increasing_id().as(KEY + "_row"), whole.as(ROW))
            .select(
                col(KEY + "_row"),
                col(ROW),
                posexplode_outer(col(ROW).getField(feature)).as(new String[] {POSITION, feature}));
    Dataset<Row> looked =
        lookUp(exploded, feature, vocabulary, small)
            .groupBy(KEY + "_row")
            .agg(
                first(ROW).as(ROW),
                collect_list(
                        when(
                            col(POSITION).isNotNull(),
                            struct(col(POSITION), LogColumns.quoted(feature).as(ID))))
                    .as(KEY));
    List<Column> columns = new ArrayList<>();
    for (String name : rows.columns()) {
      columns.add(
          name.equals(feature)
              ? transform(sort_array(col(KEY)), value -> value.getField(ID)).as(feature)
              : col(ROW).getField(name).as(name));
    }
    return looked.select(columns.toArray(Column[]::new));
  }

  /** Replaces a column of tokens by their ids. */
  private static Dataset<Row> lookUp(
      Dataset<Row> rows, String feature, Dataset<Row> vocabulary, boolean small) {
    Column token = LogColumns.quoted(feature);
    if (small) {
      return rows.join(broadcast(vocabulary), token.equalTo(col(TOKEN)), "left")
          .withColumn(feature, idOf(token, col(ID)))
          .drop(TOKEN, ID);
    }
    // Frequent tokens have the first ids. Looked up beforehand, they never meet in one partition;
    // rows that they settle, and nulls, get keys of their own so that they spread out.
    Dataset<Row> hot =
        vocabulary
            .where(col(ID).lt(FieldValues.FIRST_ID + HOT_TOKENS))
            .withColumnsRenamed(Map.of(TOKEN, "hot_token", ID, "hot_id"));
    Column settled = token.isNull().or(col("hot_id").isNotNull());
    Column spread =
        concat(lit("settled "), pmod(monotonically_increasing_id(), lit(65_536L)).cast("string"));
    Dataset<Row> keyed =
        rows.join(broadcast(hot), token.equalTo(col("hot_token")), "left")
            .withColumn(COLD, settled.equalTo(lit(false)))
            .withColumn(KEY, when(col(COLD), token).otherwise(spread));
    return keyed
        .join(vocabulary.hint("shuffle_hash"), col(KEY).equalTo(col(TOKEN)), "left")
        .withColumn(feature, idOf(token, coalesce(col("hot_id"), when(col(COLD), col(ID)))))
        .drop(TOKEN, ID, "hot_token", "hot_id", COLD, KEY);
  }

  private static Column idOf(Column token, Column found) {
    return when(token.isNull(), lit(FieldValues.MISSING_ID))
        .otherwise(coalesce(found, lit(FieldValues.UNKNOWN_ID)))
        .cast(DataTypes.IntegerType);
  }
}
