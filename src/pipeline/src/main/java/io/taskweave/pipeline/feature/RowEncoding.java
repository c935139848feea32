package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.array;
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
import io.taskweave.pipeline.dataset.HashedColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Turns rows of a log into rows of {@link SampleColumns}. */
final class RowEncoding {
  private static final String TOKEN = "vocabulary_token";
  private static final String ID = "vocabulary_id";
  private static final String IDS = "vocabulary_ids";
  private static final String SENT_ID = "sent_id";
  private static final String KEY = "join_key";
  private static final String ROW = "exploded_row";
  private static final String POSITION = "exploded_position";

  private final EncoderDescription description;
  private final Map<String, Broadcast<TokenTable>> sent;
  private final Map<String, Dataset<Row>> joined;

  /**
   * @param sent to every executor, by table: whole vocabularies or the most frequent tokens of
   *     large ones
   * @param joined the large vocabularies, by table
   */
  RowEncoding(
      EncoderDescription description,
      Map<String, Broadcast<TokenTable>> sent,
      Map<String, Dataset<Row>> joined) {
    this.description = description;
    this.sent = sent;
    this.joined = joined;
  }

  /** Sample columns of every row; {@code split} and {@code dt} only where they are given. */
  Dataset<Row> encode(Dataset<Row> log, Optional<Column> split) {
    List<Column> columns = new ArrayList<>(keys(log));
    split.ifPresent(part -> columns.add(part.as(SampleColumns.SPLIT)));
    if (LogColumns.has(log, SampleColumns.DAY)) {
      columns.add(LogColumns.quoted(SampleColumns.DAY).cast("string").as(SampleColumns.DAY));
    }
    columns.addAll(labels(log));
    int beforeFields = columns.size();
    List<FieldPlan> inBatches = inBatches(log);
    List<Column> tokens = new ArrayList<>();
    List<Broadcast<TokenTable>> tables = new ArrayList<>();
    Map<String, Column> features = new LinkedHashMap<>();
    for (FittedField field : description.fields()) {
      FieldPlan plan = field.plan();
      String feature = SampleColumns.feature(plan.name());
      if (inBatches.contains(plan)) {
        features.put(feature, LogColumns.quoted(feature));
      } else if (isLookedUpWithOthers(field)) {
        features.put(feature, col(IDS).getItem(tokens.size()));
        tokens.add(FieldValues.token(log, plan));
        tables.add(sent.get(plan.table()));
      } else {
        features.put(feature, LogColumns.quoted(feature));
        columns.add(value(log, field).as(feature));
      }
    }
    if (!tokens.isEmpty()) {
      columns.add(new TokenLookup(tables).idsOf(array(tokens.toArray(Column[]::new))).as(IDS));
    }
    Dataset<Row> source = inBatches.isEmpty() ? log : withIds(log, columns, inBatches);
    for (FieldPlan plan : inBatches) {
      columns.add(LogColumns.quoted(idsOf(plan)).as(SampleColumns.feature(plan.name())));
    }
    Dataset<Row> rows = source.select(columns.toArray(Column[]::new));
    List<Column> samples = new ArrayList<>();
    Arrays.stream(rows.columns())
        .limit(beforeFields)
        .forEach(name -> samples.add(LogColumns.quoted(name)));
    features.forEach((name, value) -> samples.add(value.as(name)));
    rows = rows.select(samples.toArray(Column[]::new));
    String[] names = rows.columns();
    for (FittedField field : description.fields()) {
      if (isJoined(field)) {
        rows = join(rows, field);
      }
    }
    return rows.select(Arrays.stream(names).map(LogColumns::quoted).toArray(Column[]::new));
  }

  /** Fields whose ids are looked up before a scan becomes rows. */
  private List<FieldPlan> inBatches(Dataset<Row> log) {
    List<FieldPlan> fields =
        description.fields().stream()
            .filter(this::isLookedUpWithOthers)
            .map(FittedField::plan)
            .filter(plan -> LogBatches.holdsTokens(log, plan))
            .toList();
    return LogBatches.isScan(log) ? fields : List.of();
  }

  /** The ids of fields, in columns {@link #idsOf}, beside what the other columns need of a log. */
  private Dataset<Row> withIds(Dataset<Row> log, List<Column> columns, List<FieldPlan> fields) {
    Set<String> others = LogBatches.columnsOf(log.select(columns.toArray(Column[]::new)));
    Set<String> names = new HashSet<>(others);
    fields.forEach(field -> names.add(field.column()));
    LogBatches batches = LogBatches.of(log, names).orElseThrow();
    List<IdBatches.Lookup> lookups = new ArrayList<>();
    for (FieldPlan field : fields) {
      lookups.add(
          new IdBatches.Lookup(
              idsOf(field), batches.schema().fieldIndex(field.column()), sent.get(field.table())));
    }
    return IdBatches.rows(log.sparkSession(), batches, others, lookups);
  }

  private static String idsOf(FieldPlan field) {
    return IDS + " of " + field.name();
  }

  /** Single tokens of a vocabulary that is sent as a whole: one call looks up those of a row. */
  private boolean isLookedUpWithOthers(FittedField field) {
    return field.plan().hasVocabulary()
        && field.plan().kind() == FieldKind.CATEGORICAL
        && !isJoined(field);
  }

  private boolean isJoined(FittedField field) {
    return field.plan().hasVocabulary() && joined.containsKey(field.plan().table());
  }

  private List<Column> keys(Dataset<Row> log) {
    Column user = LogColumns.require(log, description.userColumn(), "the user").cast("string");
    Column item = LogColumns.require(log, description.itemColumn(), "the item").cast("string");
    Column sampleId =
        LogColumns.has(log, SampleColumns.SAMPLE_ID)
            ? LogColumns.quoted(SampleColumns.SAMPLE_ID).cast("long")
            : xxhash64(HashedColumns.of(log.columns()));
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
        stream(user, description.streams()).as(SampleColumns.STREAM),
        weight.as(SampleColumns.WEIGHT));
  }

  static Column stream(Column user, int streams) {
    return pmod(xxhash64(user), lit((long) streams)).cast("int");
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

  /** The final value of a field, or its tokens where a large vocabulary is still to be joined. */
  private Column value(Dataset<Row> log, FittedField field) {
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
    int buckets = plan.hashBuckets();
    if (plan.kind() == FieldKind.MULTI_VALUED) {
      Column tokens = FieldValues.tokens(log, plan);
      if (buckets > 0) {
        return transform(tokens, token -> FieldValues.hashed(token, buckets));
      }
      return isJoined(field) ? tokens : sentIds(plan.table(), tokens);
    }
    Column token = FieldValues.token(log, plan);
    return buckets > 0
        ? when(token.isNull(), lit(FieldValues.MISSING_ID))
            .otherwise(FieldValues.hashed(token, buckets))
        : token;
  }

  private Column sentIds(String table, Column tokens) {
    return new TokenLookup(List.of(sent.get(table))).idsOf(tokens);
  }

  /** Replaces the tokens of a field by their ids in a large vocabulary. */
  private Dataset<Row> join(Dataset<Row> rows, FittedField field) {
    String feature = SampleColumns.feature(field.plan().name());
    if (field.plan().kind() == FieldKind.CATEGORICAL) {
      return joinSingle(rows, feature, field.plan().table());
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
        joinSingle(exploded, feature, field.plan().table())
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

  /** Replaces a column of single tokens by their ids in a large vocabulary. */
  private Dataset<Row> joinSingle(Dataset<Row> rows, String feature, String table) {
    Column token = LogColumns.quoted(feature);
    // Frequent tokens are looked up beforehand, so that they never meet in one partition; rows that
    // this settles, and nulls, get keys of their own so that they spread out.
    Column cold = col(SENT_ID).equalTo(lit(FieldValues.UNKNOWN_ID));
    Column spread =
        concat(lit("settled "), pmod(monotonically_increasing_id(), lit(65_536L)).cast("string"));
    Dataset<Row> vocabulary =
        joined.get(table).select(col(Vocabulary.TOKEN).as(TOKEN), col(Vocabulary.ID).as(ID));
    return rows.withColumn(SENT_ID, sentIds(table, array(token)).getItem(0))
        .withColumn(KEY, when(cold, token).otherwise(spread))
        .join(vocabulary.hint("shuffle_hash"), col(KEY).equalTo(col(TOKEN)), "left")
        .withColumn(
            feature,
            when(cold, coalesce(col(ID), lit(FieldValues.UNKNOWN_ID))).otherwise(col(SENT_ID)))
        .drop(TOKEN, ID, SENT_ID, KEY);
  }
}
