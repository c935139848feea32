package io.taskweave.pipeline.sampling;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.sampling.SamplingPlan.Pool;
import io.taskweave.pipeline.sampling.SamplingPlan.Users;
import io.taskweave.pipeline.validate.LogValidation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * Publishes a log of positives together with sampled negatives: the log's columns, the label, and
 * {@link #POSITIVE_ID}, the sample id of the positive that a row belongs to.
 */
public final class NegativeSampling implements Stage {
  /** The sample id of the positive; a positive has its own. */
  public static final String POSITIVE_ID = "positive_id";

  private static final String PLACE = "negative_place";
  private static final String USER = "negative_user";
  private static final String ITEM = "negative_item";
  private static final String SLOT = "negative_slot";

  /** Of this many users at most the items travel beforehand; each has a large share of the log. */
  private static final int HEAVY_SHARE_OF_PARTITION = 4;

  private static final long LIGHT_EVENTS = 50_000;

  private final SamplingPlan plan;
  private final Path log;
  private final Optional<Path> validation;
  private final Path output;
  private final long lightEvents;

  /**
   * @param log published data set of the log
   * @param validation published findings about the log; rows that they set apart are left out
   */
  public NegativeSampling(SamplingPlan plan, Path log, Optional<Path> validation, Path output) {
    this(plan, log, validation, output, LIGHT_EVENTS);
  }

  /**
   * @param lightEvents events that one task may hold of a user
   */
  NegativeSampling(
      SamplingPlan plan, Path log, Optional<Path> validation, Path output, long lightEvents) {
    this.plan = plan;
    this.log = log;
    this.validation = validation;
    this.output = output;
    this.lightEvents = lightEvents;
  }

  @Override
  public String name() {
    return "negatives";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return validation.map(findings -> List.of(log, findings)).orElse(List.of(log));
  }

  @Override
  public SortedMap<String, String> settings() {
    return new TreeMap<>(Map.of("plan", plan.toString()));
  }

  /**
   * @throws InputRejectedException if a column is missing or has no value, or a pool has too few
   *     items
   */
  @Override
  public StageResult run(StageContext context) {
    SparkSession spark = context.spark();
    Dataset<Row> rows =
        validation.isPresent()
            ? LogValidation.validRows(spark, log, validation.get())
            : DataSet.open(log).rows(spark);
    verifyColumns(rows);
    context.progress().update("negatives: items", 0, 0);
    Dataset<Row> items = items(rows).persist(StorageLevel.MEMORY_AND_DISK());
    Dataset<Row> placed = placed(rows, items).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      verifyComplete(rows, placed.count());
      Dataset<Row> chosen = placed.where(isChosen());
      long positives = chosen.count();
      NegativeDraws draws =
          new NegativeDraws(
              candidates(placed, items), plan.perPositive(), plan.leaveOut(), plan.seed());
      context.progress().update("negatives: drawing", 0, 0);
      Dataset<Row> ordered =
          withItems(drawn(chosen, draws, positives), items, rows.columns())
              .repartition(col(SampleColumns.DAY))
              .sortWithinPartitions(SampleColumns.DAY, SampleColumns.TIME, SampleColumns.SAMPLE_ID);
      ObjectNode summary = JsonNodeFactory.instance.objectNode();
      StageResult written = context.writeRows(ordered, summary);
      long kept = written.rows() / (1 + plan.perPositive());
      summary.put("positives", kept);
      summary.put("negatives", written.rows() - kept);
      summary.put("positives_left_out", positives - kept);
      summary.put("items", items.count());
      return written;
    } finally {
      placed.unpersist();
      items.unpersist();
    }
  }

  private void verifyColumns(Dataset<Row> rows) {
    List<String> present = List.of(rows.columns());
    List<String> needed = new ArrayList<>(List.of(plan.userColumn(), plan.itemColumn()));
    needed.addAll(plan.itemAttributes());
    for (String name : needed) {
      if (!present.contains(name)) {
        throw refused(
            String.format(
                "the log has no such column (%s), choose one of %s",
                name, String.join(", ", present)));
      }
    }
    for (String name : List.of(plan.labelColumn(), POSITIVE_ID)) {
      if (present.contains(name)) {
        throw refused("the log has a column " + name + " already, rename the label");
      }
    }
    DataType user = rows.schema().apply(plan.userColumn()).dataType();
    if (!plan.users().equals(Users.ALL) && !(user instanceof IntegralType)) {
      throw refused(
          String.format(
              "its users %s are %s and have no remainder, import whole numbers or take all users",
              plan.userColumn(), user.sql().toLowerCase(Locale.ROOT)));
    }
  }

  private Column isChosen() {
    Users users = plan.users();
    return users.equals(Users.ALL)
        ? lit(true)
        : pmod(quoted(plan.userColumn()), lit(users.modulus())).equalTo(users.remainder());
  }

  private void verifyComplete(Dataset<Row> rows, long placed) {
    long missing =
        rows.where(quoted(plan.userColumn()).isNull().or(quoted(plan.itemColumn()).isNull()))
            .count();
    if (missing > 0) {
      throw refused(
          String.format(
              "%d of %d rows have no user or no item, fill them in the import", missing, placed));
    }
  }

  private InputRejectedException refused(String reason) {
    return new InputRejectedException("Cannot sample negatives of " + log + ": " + reason);
  }

  /** Item as text, place, events, and item and attributes with their own types. */
  private Dataset<Row> items(Dataset<Row> rows) {
    List<String> own = new ArrayList<>(List.of(plan.itemColumn()));
    own.addAll(plan.itemAttributes());
    Column values = struct(own.stream().map(NegativeSampling::quoted).toArray(Column[]::new));
    Dataset<Row> counted =
        rows.where(quoted(plan.itemColumn()).isNotNull())
            .groupBy(quoted(plan.itemColumn()).cast("string").as(ITEM))
            .agg(
                count(lit(1)).as("events"),
                // An attribute that changes has the value that was known first.
                min_by(values, struct(col(SampleColumns.TIME), col(SampleColumns.SAMPLE_ID)))
                    .as("values"));
    StructType schema = counted.schema().add(PLACE, DataTypes.IntegerType, false);
    return rows.sparkSession()
        .createDataFrame(
            counted
                .orderBy(ITEM)
                .toJavaRDD()
                .zipWithIndex()
                .map(
                    pair ->
                        RowFactory.create(
                            pair._1().get(0),
                            pair._1().get(1),
                            pair._1().get(2),
                            Math.toIntExact(pair._2()))),
            schema);
  }

  /** The rows as {@link UserEvents} reads them. */
  private Dataset<Row> placed(Dataset<Row> rows, Dataset<Row> items) {
    List<Column> columns = new ArrayList<>();
    columns.add(quoted(plan.userColumn()).cast("string").as(USER));
    columns.add(col(SampleColumns.SAMPLE_ID).as("negative_sample"));
    columns.add(col(SampleColumns.TIME).as("negative_time"));
    columns.add(col(PLACE));
    Arrays.stream(rows.columns()).map(NegativeSampling::quoted).forEach(columns::add);
    return rows.where(quoted(plan.userColumn()).isNotNull())
        .join(
            items.select(ITEM, PLACE), quoted(plan.itemColumn()).cast("string").equalTo(col(ITEM)))
        .select(columns.toArray(Column[]::new));
  }

  private Candidates candidates(Dataset<Row> placed, Dataset<Row> items) {
    if (plan.pool() instanceof Pool.Live live) {
      return liveItems(placed, live.reach().toMillis());
    }
    List<Row> counts = items.orderBy(PLACE).select("events").collectAsList();
    return plan.pool() instanceof Pool.Popularity
        ? AllItems.weighted(counts.stream().mapToLong(row -> row.getLong(0)).toArray())
        : AllItems.alike(counts.size());
  }

  private static LiveItems liveItems(Dataset<Row> placed, long reach) {
    Column time = col("negative_time");
    Column slot = functions.floor(time.divide(lit(reach))).cast("long");
    Column offset = functions.pmod(time, lit(reach)).cast("int");
    List<Row> entries =
        placed
            .select(slot.as(SLOT), col(PLACE), offset.as("offset"))
            .groupBy(SLOT, PLACE)
            .agg(min("offset"), max("offset"))
            .orderBy(SLOT, PLACE)
            .collectAsList();
    return new LiveItems(
        reach,
        entries.stream().mapToLong(row -> row.getLong(0)).toArray(),
        entries.stream().mapToInt(row -> row.getInt(1)).toArray(),
        entries.stream().mapToInt(row -> row.getInt(2)).toArray(),
        entries.stream().mapToInt(row -> row.getInt(3)).toArray());
  }

  private Dataset<Row> drawn(Dataset<Row> placed, NegativeDraws draws, long positives) {
    SparkSession spark = placed.sparkSession();
    JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
    int partitions = Integer.parseInt(spark.conf().get("spark.sql.shuffle.partitions"));
    Map<String, UserEvents.Known> heavy =
        heavyUsers(
            placed, Math.max(lightEvents, positives / partitions / HEAVY_SHARE_OF_PARTITION));
    Broadcast<NegativeDraws> sharedDraws = context.broadcast(draws);
    Broadcast<Map<String, UserEvents.Known>> sharedUsers = context.broadcast(heavy);
    int minimum = plan.minimumHistory();
    // Users of many events lie spread: what they have met is known to every task.
    Column spread =
        when(col(USER).isin(heavy.keySet().toArray()), col("negative_sample")).otherwise(lit(0L));
    StructType schema =
        new StructType()
            .add(POSITIVE_ID, DataTypes.LongType, false)
            .add(PLACE, DataTypes.IntegerType, false)
            .add("negative_sample", DataTypes.LongType, false);
    StructField[] fields = placed.schema().fields();
    for (int i = UserEvents.OWN_COLUMNS; i < fields.length; i++) {
      schema = schema.add(fields[i]);
    }
    return spark.createDataFrame(
        placed
            .repartition(partitions, col(USER), spread)
            .sortWithinPartitions(USER, "negative_time", "negative_sample")
            .toJavaRDD()
            .mapPartitions(
                (Iterator<Row> rows) ->
                    new UserEvents(
                        sharedDraws.value(),
                        minimum,
                        user -> Optional.ofNullable(sharedUsers.value().get(user)),
                        rows)),
        schema);
  }

  private Map<String, UserEvents.Known> heavyUsers(Dataset<Row> placed, long events) {
    Map<String, UserEvents.Known> heavy = new HashMap<>();
    List<String> users =
        placed
            .groupBy(USER)
            .agg(count(lit(1)).as("events"))
            .where(col("events").gt(events))
            .select(USER)
            .collectAsList()
            .stream()
            .map(row -> row.getString(0))
            .toList();
    if (users.isEmpty()) {
      return heavy;
    }
    Column sortedTimes = sort_array(collect_list("negative_time"));
    Column from =
        plan.minimumHistory() == 0
            ? lit(Long.MIN_VALUE)
            : sortedTimes.getItem(plan.minimumHistory() - 1);
    for (Row row :
        placed
            .where(col(USER).isin(users.toArray()))
            .groupBy(USER)
            .agg(sort_array(collect_set(PLACE)), from)
            .collectAsList()) {
      int[] own = row.<Integer>getList(1).stream().mapToInt(Integer::intValue).toArray();
      heavy.put(row.getString(0), new UserEvents.Known(own, row.getLong(2)));
    }
    return heavy;
  }

  /** Puts the items of negatives in the place of their positive's. */
  private Dataset<Row> withItems(Dataset<Row> drawn, Dataset<Row> items, String[] names) {
    Dataset<Row> values = items.select(col(PLACE), col("values"));
    Column negative = col(PLACE).geq(lit(0));
    List<Column> columns = new ArrayList<>();
    for (String name : names) {
      Column value = quoted(name);
      if (name.equals(SampleColumns.SAMPLE_ID)) {
        value = col("negative_sample");
      } else if (name.equals(plan.itemColumn()) || plan.itemAttributes().contains(name)) {
        value = when(negative, col("values").getField(name)).otherwise(value);
      }
      columns.add(value.as(name));
    }
    columns.add(when(negative, lit(0)).otherwise(lit(1)).as(plan.labelColumn()));
    columns.add(col(POSITIVE_ID));
    return drawn.join(values, new String[] {PLACE}, "left").select(columns.toArray(Column[]::new));
  }

  private static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
