package io.taskweave.pipeline.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.progress.Progress;
import io.taskweave.core.sample.Pooling;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.split.SplitRule;
import io.taskweave.pipeline.split.SplitStage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureStageTest {
  private static final SplitRule BY_DAY = new SplitRule.ByDate("dt", "2024-01-02", "2024-01-03");
  private static final StructType SCHEMA =
      new StructType()
          .add("sample_id", DataTypes.LongType)
          .add("time", DataTypes.LongType)
          .add("user.id", DataTypes.StringType)
          .add("item", DataTypes.StringType)
          .add("last item", DataTypes.StringType)
          .add("tag", DataTypes.StringType)
          .add("hourmin", DataTypes.IntegerType)
          .add("length", DataTypes.DoubleType)
          .add("click", DataTypes.IntegerType)
          .add("like", DataTypes.IntegerType)
          .add("dt", DataTypes.StringType);

  @TempDir java.nio.file.Path folder;
  private SparkSession spark;
  private final List<Row> log = new ArrayList<>();

  @BeforeEach
  void startSparkWithATinyLog() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.sql.shuffle.partitions", 4)
            .getOrCreate();
    // Items in training: c three times, a and b twice, d once; e in the test part only.
    add(1, "u1", "c", "a", "x,y", 5, 1.0, 1, 1, "2024-01-01");
    add(2, "u1", "c", "a", "y", 905, 2.0, 0, 0, "2024-01-01");
    add(3, "u2", "c", null, "", 2359, 3.0, 0, null, "2024-01-01");
    add(4, "u2", "b", "b", null, 1000, 4.0, 1, 0, "2024-01-01");
    add(5, "u3", "d", "zz", " y , z ", null, 5.0, 0, 0, "2024-01-01");
    add(6, "u4", "b", "c", "x", 1200, 9.0, 1, 0, "2024-01-02");
    add(7, "u1", "e", "e", "q,x", 1200, 0.5, 1, 1, "2024-01-03");
  }

  @Test
  void idsFollowCountThenTokenAndTheTestPartTeachesNothing() {
    samples(plan(FieldPlan.categorical("item").build()));
    assertThat(vocabulary("item"))
        .containsExactlyInAnyOrderEntriesOf(Map.of("c", 2, "b", 3, "d", 4));
    assertThat(column("item")).containsEntry(1L, 2).containsEntry(6L, 3).containsEntry(7L, 1);
  }

  @Test
  void tokensBelowTheMinimumCountAreUnknown() {
    samples(plan(FieldPlan.categorical("item").minimumCount(2).build()));
    assertThat(vocabulary("item")).containsExactlyEntriesOf(Map.of("c", 2));
    assertThat(column("item")).containsEntry(4L, 1).containsEntry(1L, 2);
  }

  @Test
  void tiesGoByTokenAndFieldsOfATableShareIds() {
    samples(
        plan(
            FieldPlan.categorical("item").build(),
            FieldPlan.categorical("last").column("last item").table("item").build()));
    // c 3; a 2, b 2; d 1, zz 1.
    assertThat(vocabulary("item"))
        .containsExactlyInAnyOrderEntriesOf(Map.of("c", 2, "a", 3, "b", 4, "d", 5, "zz", 6));
    assertThat(column("last")).containsEntry(1L, 3).containsEntry(3L, 0).containsEntry(6L, 2);
    assertThat(encoder().layout().fields())
        .allSatisfy(field -> assertThat(field.tableRows()).isEqualTo(7));
  }

  @Test
  void hashedTokensFillTheConfiguredIdsWithoutAVocabulary() {
    samples(plan(FieldPlan.categorical("item").hashBuckets(3).build()));
    assertThat(column("item").values()).allSatisfy(id -> assertThat((int) id).isBetween(2, 4));
    assertThat(column("item").get(1L)).isEqualTo(column("item").get(3L));
    assertThat(encoder().layout().fields().get(0).tableRows()).isEqualTo(5);
  }

  @Test
  void aMultiValuedFieldIsAListOfIdsWithAndWithoutBroadcast() {
    FieldPlan tags = FieldPlan.multiValued("tag").pooling(Pooling.SUM).maxValues(2).build();
    for (long broadcastLimit : List.of(0L, 100L)) {
      // y 3, x 1, z 1.
      samples(limited(broadcastLimit, tags));
      assertThat(column("tag"))
          .containsEntry(1L, List.of(3, 2))
          .containsEntry(3L, List.of())
          .containsEntry(4L, List.of())
          .containsEntry(5L, List.of(2, 4))
          .containsEntry(7L, List.of(1, 3));
    }
  }

  @Test
  void firstOfListAndHourOfHhmmAreDerived() {
    samples(
        plan(
            FieldPlan.categorical("tag").derivation(Derivation.FIRST_OF_LIST).build(),
            FieldPlan.categorical("hour")
                .column("hourmin")
                .derivation(Derivation.HOUR_OF_HHMM)
                .build()));
    assertThat(vocabulary("tag").keySet()).containsExactlyInAnyOrder("x", "y");
    assertThat(column("tag")).containsEntry(3L, 0).containsEntry(5L, column("tag").get(2L));
    assertThat(vocabulary("hour").keySet()).containsExactlyInAnyOrder("0", "9", "10", "23");
    assertThat(column("hour")).containsEntry(5L, 0);
  }

  @Test
  void timeFieldsFollowTheirZone() {
    // Sample 1 is one second past the epoch: Thursday 00 in UTC, Wednesday 19 in New York.
    samples(
        plan(
            FieldPlan.categorical("hour")
                .column("time")
                .derivation(Derivation.HOUR_OF_TIME)
                .zone("America/New_York")
                .build(),
            FieldPlan.categorical("weekday")
                .column("time")
                .derivation(Derivation.DAY_OF_WEEK_OF_TIME)
                .zone("UTC")
                .build()));
    assertThat(vocabulary("hour").keySet()).containsExactly("19");
    assertThat(vocabulary("weekday").keySet()).containsExactly("4");
  }

  @Test
  void anEdgeBelongsToTheBucketAboveItAndNullIsPadding() {
    samples(
        plan(
            FieldPlan.categorical("length").edges(List.of(2.0, 5.0)).build(),
            FieldPlan.categorical("hour").column("hourmin").edges(List.of(1000.0)).build()));
    assertThat(column("length"))
        .containsEntry(1L, 2)
        .containsEntry(2L, 3)
        .containsEntry(4L, 3)
        .containsEntry(5L, 4);
    assertThat(column("hour")).containsEntry(5L, 0).containsEntry(2L, 2).containsEntry(4L, 3);
    assertThat(encoder().layout().fields().get(0).tableRows()).isEqualTo(5);
  }

  @Test
  void quantileEdgesComeFromTheTrainingPartAndTiesCollapse() {
    samples(
        plan(
            FieldPlan.categorical("length").quantiles(2).build(),
            FieldPlan.categorical("constant").column("time").quantiles(4).build()));
    // Training lengths 1 to 5: the edge is the value at rank floor(5 / 2).
    assertThat(encoder().description().fields().get(0).edges()).containsExactly(3.0);
    assertThat(encoder().description().fields().get(1).edges()).containsExactly(1000.0);
    assertThat(column("length")).containsEntry(2L, 2).containsEntry(3L, 3).containsEntry(7L, 2);
  }

  @Test
  void numbersAreClippedThenLoggedThenNormalisedByTheTrainingPart() {
    samples(plan(FieldPlan.numeric("length").clip(2.0, 4.0).log(true).normalise(true).build()));
    double[] training = {Math.log1p(2), Math.log1p(2), Math.log1p(3), Math.log1p(4), Math.log1p(4)};
    double mean = java.util.Arrays.stream(training).average().orElseThrow();
    double variance =
        java.util.Arrays.stream(training).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
    assertThat((float) column("length").get(7L))
        .isCloseTo(
            (float) ((Math.log1p(2) - mean) / Math.sqrt(variance)),
            org.assertj.core.data.Offset.offset(1e-6f));
  }

  @Test
  void anInfiniteNumberIsRefusedUnlessADefaultStandsForIt() {
    add(8, "u1", "c", "a", "x", 5, Double.NaN, 1, 1, "2024-01-01");
    assertThatThrownBy(() -> samples(plan(FieldPlan.numeric("length").build())))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("length")
        .hasMessageContaining("NaN in sample 8");
    samples(plan(FieldPlan.numeric("length").missing(7.0).build()));
    assertThat(column("length")).containsEntry(8L, 7.0f);
  }

  @Test
  void everyUserHasOneStreamAndEveryStreamOneFileADayAndPart() {
    samples(plan(FieldPlan.categorical("item").build()));
    Dataset<Row> rows = FeatureStage.samples(spark, output());
    assertThat(rows.select("user", "stream").distinct().count()).isEqualTo(4);
    long streamsByPart = rows.select("dt", "split", "stream").distinct().count();
    assertThat(
            DataSet.open(output()).manifest().files().stream()
                .filter(file -> file.path().contains("/samples/"))
                .count())
        .isEqualTo(streamsByPart);
    assertThat(rows.select("label_like").where("sample_id = 3").first().isNullAt(0)).isTrue();
  }

  @Test
  void contentDoesNotDependOnThePartitionsOfTheShuffle() {
    FeaturePlan plan =
        plan(
            FieldPlan.categorical("item").build(),
            FieldPlan.multiValued("tag").build(),
            FieldPlan.numeric("length").normalise(true).build());
    String first = samples(plan).contentHash();
    spark.conf().set("spark.sql.shuffle.partitions", "7");
    try {
      assertThat(samples(plan).contentHash()).isEqualTo(first);
    } finally {
      spark.conf().set("spark.sql.shuffle.partitions", "4");
    }
  }

  @Test
  void aTokenThatFillsHalfTheRowsIsJoinedLikeAnyOther() {
    for (int i = 0; i < 2000; i++) {
      String item = i % 2 == 0 ? "c" : "item" + i;
      add(100 + i, "u" + i % 7, item, null, null, 1, 1.0, i % 2, 1, "2024-01-01");
    }
    FieldPlan field = FieldPlan.categorical("item").build();
    samples(limited(100_000, field));
    Map<Long, Object> broadcast = column("item");
    samples(limited(0, field));
    assertThat(column("item")).isEqualTo(broadcast);
    assertThat(broadcast).containsEntry(100L, 2).containsEntry(7L, 1);
    assertThat(broadcast.values().stream().filter(id -> (int) id == 2).count()).isEqualTo(1003);
  }

  @Test
  void aFurtherDayKeepsKnownIdsAndAppendsNewOnes() {
    FeaturePlan first = plan(FieldPlan.categorical("item").build());
    samples(first);
    Map<String, Integer> before = vocabulary("item");
    for (int i = 0; i < 9; i++) {
      add(20 + i, "u5", "new", "a", "x", 5, 1.0, 1, 1, "2024-01-01");
    }
    add(40, "u5", "new", "a", "x", 5, 1.0, 1, 1, "2024-01-04");
    samples(daily(first, "2024-01-04"));
    assertThat(vocabulary("item")).containsAllEntriesOf(before).containsEntry("new", 5).hasSize(4);
    assertThat(FeatureStage.samples(spark, output()).count()).isEqualTo(8);
    assertThat(column("item")).containsEntry(40L, 5).containsEntry(7L, 1);
    assertThat(encoder().description().vocabularyVersion()).isEqualTo(2);
  }

  @Test
  void theEncoderAloneEncodesAsTheStageDid() {
    samples(
        plan(
            FieldPlan.categorical("item").table("a/b \"table\"").build(),
            FieldPlan.categorical("user").column("user.id").idDropout(0.25).build(),
            FieldPlan.multiValued("tag").build(),
            FieldPlan.categorical("length").quantiles(3).build(),
            FieldPlan.numeric("number").column("length").normalise(true).build()));
    Path best = new Path(folder.resolve("best").toString());
    encoder().copyTo(best);
    FeatureEncoder copy = FeatureEncoder.open(best);
    assertThat(copy.layout()).isEqualTo(encoder().layout());
    assertThat(copy.idDropout()).containsEntry("user", 0.25).containsEntry("item", 0.0);
    Dataset<Row> again = copy.encode(spark.createDataFrame(log, SCHEMA));
    Dataset<Row> published = FeatureStage.samples(spark, output());
    String[] columns = again.columns();
    assertThat(again.orderBy("sample_id").collectAsList())
        .isEqualTo(
            published
                .selectExpr(
                    java.util.Arrays.stream(columns).map(c -> "`" + c + "`").toArray(String[]::new))
                .orderBy("sample_id")
                .collectAsList());
    Dataset<Row> unlabelled =
        spark.createDataFrame(log, SCHEMA).drop("click", "like", "dt", "time");
    assertThat(copy.encode(unlabelled).where("label_click is null").count()).isEqualTo(log.size());
  }

  @Test
  void unusableLogsAreRefusedWithTheRowsNamed() {
    FieldPlan item = FieldPlan.categorical("item").build();
    assertThatThrownBy(() -> samples(plan(FieldPlan.categorical("no such").build())))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("no such column (no such)");
    add(8, "u1", "c", "a", "x", 5, 1.0, 2, 1, "2024-01-01");
    assertThatThrownBy(() -> samples(plan(item)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("task click")
        .hasMessageContaining("2 in sample 8");
    log.clear();
    add(1, "u1", "c", "a", "x", 5, 1.0, 0, 1, "2024-01-01");
    assertThatThrownBy(() -> samples(plan(item)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("train 1, valid 0, test 0");
    add(2, "u1", "c", "a", "x", 5, 1.0, 1, 1, "2024-01-02");
    add(3, "u2", "c", "a", "x", 5, 1.0, 1, 1, "2024-01-03");
    assertThatThrownBy(() -> samples(plan(item)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("one user only (u1)");
    add(4, "u2", "c", "a", "x", 5, 1.0, 0, 1, "2024-01-01");
    assertThatThrownBy(() -> samples(plan(item)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("task click has no positive label");
  }

  @Test
  void impossiblePlansAreRefused() {
    assertThatThrownBy(() -> FieldPlan.categorical("item").hashBuckets(-1).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("(-1)");
    assertThatThrownBy(() -> FieldPlan.categorical("item").edges(List.of(2.0, 1.0)).build())
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(
            () ->
                plan(
                    FieldPlan.categorical("item").build(),
                    FieldPlan.categorical("b").table("item").minimumCount(3).build()))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void theSummaryTellsMissingAndUnknownRates() {
    var summary =
        samples(plan(FieldPlan.categorical("last").column("last item").build())).summary();
    var train = summary.path("splits").path("train");
    assertThat(train.path("rows").asLong()).isEqualTo(5);
    assertThat(train.path("fields").path("last").path("missing_rate").asDouble()).isEqualTo(0.2);
    var test = summary.path("splits").path("test").path("fields").path("last");
    assertThat(test.path("out_of_vocabulary_rate").asDouble()).isEqualTo(1.0);
    assertThat(train.path("labels").path("like").path("labelled").asLong()).isEqualTo(4);
  }

  @Test
  void theSplitStageCountsItsPartsAndRefusesAnEmptyOne() {
    var summary = run(new SplitStage(BY_DAY, "user.id", publishLog(), split())).summary();
    assertThat(summary.path("rows").path("train").asLong()).isEqualTo(5);
    assertThat(summary.path("rows_by_day").path("2024-01-02").path("valid").asLong()).isEqualTo(1);
    SplitRule late = new SplitRule.ByDate("dt", "2024-01-02", "2025-01-01");
    assertThatThrownBy(() -> run(new SplitStage(late, "user.id", publishLog(), split())))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("{test=0, train=5, valid=2}");
    SplitRule unknown = new SplitRule.ByDate("day", "2024-01-02", "2025-01-01");
    assertThatThrownBy(() -> run(new SplitStage(unknown, "user.id", publishLog(), split())))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("day");
  }

  @Test
  void theUserSplitKeepsUsersTogetherAndFollowsItsShares() {
    Dataset<Row> users = spark.range(20_000).selectExpr("cast(id % 5000 as string) as `user.id`");
    SplitRule rule = new SplitRule.ByUser(0.1, 0.2, 7);
    Dataset<Row> parted = users.withColumn("part", rule.part("user.id"));
    assertThat(parted.distinct().count()).isEqualTo(5000);
    assertThat(parted.where("part = 'test'").count() / 20_000.0).isBetween(0.17, 0.23);
    assertThat(parted.where("part = 'valid'").count() / 20_000.0).isBetween(0.08, 0.12);
    assertThat(rule.separatesUsers()).isTrue();
  }

  private FeaturePlan plan(FieldPlan... fields) {
    return limited(FeaturePlan.DEFAULT_BROADCAST_LIMIT, fields);
  }

  private static FeaturePlan limited(long broadcastLimit, FieldPlan... fields) {
    return new FeaturePlan(
        "user.id",
        "item",
        List.of(fields),
        List.of(new TaskPlan("click", "click"), new TaskPlan("like", "like")),
        "",
        3,
        BY_DAY,
        List.of(),
        false,
        broadcastLimit);
  }

  private static FeaturePlan daily(FeaturePlan plan, String day) {
    return new FeaturePlan(
        plan.userColumn(),
        plan.itemColumn(),
        plan.fields(),
        plan.tasks(),
        plan.weightColumn(),
        plan.streams(),
        plan.split(),
        List.of(day),
        true,
        plan.broadcastLimit());
  }

  private void add(
      long id,
      String user,
      String item,
      String last,
      String tag,
      Integer hourmin,
      Double length,
      Integer click,
      Integer like,
      String day) {
    log.add(RowFactory.create(id, 1000L, user, item, last, tag, hourmin, length, click, like, day));
  }

  private Manifest samples(FeaturePlan plan) {
    boolean daily = !plan.days().isEmpty();
    Manifest manifest =
        new StageRunner(spark, Progress.NONE)
            .run(new FeatureStage(plan, publishLog(), output()), !daily)
            .manifest();
    return manifest;
  }

  private Manifest run(Stage stage) {
    return new StageRunner(spark, Progress.NONE).run(stage, true).manifest();
  }

  private Path publishLog() {
    Path path = new Path(folder.resolve("log").toString());
    Dataset<Row> rows = spark.createDataFrame(log, SCHEMA);
    run(
        new Stage() {
          @Override
          public String name() {
            return "import";
          }

          @Override
          public Path output() {
            return path;
          }

          @Override
          public List<Path> inputs() {
            return List.of();
          }

          @Override
          public SortedMap<String, String> settings() {
            return new TreeMap<>();
          }

          @Override
          public StageResult run(StageContext context) {
            return context.writeRows(
                rows,
                List.of("dt"),
                com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode());
          }
        });
    return path;
  }

  private Path output() {
    return new Path(folder.resolve("samples").toString());
  }

  private Path split() {
    return new Path(folder.resolve("split").toString());
  }

  private FeatureEncoder encoder() {
    return FeatureEncoder.open(output());
  }

  private Map<String, Integer> vocabulary(String table) {
    return Vocabulary.read(spark, encoder().folder(), table).collectAsList().stream()
        .collect(Collectors.toMap(row -> row.getString(0), row -> row.getInt(1)));
  }

  /** Values of a feature by sample id. */
  private Map<Long, Object> column(String field) {
    Map<Long, Object> values = new TreeMap<>();
    for (Row row :
        FeatureStage.samples(spark, output())
            .select("sample_id", "feature_" + field)
            .collectAsList()) {
      Object value = row.get(1) instanceof scala.collection.Seq<?> ? row.getList(1) : row.get(1);
      values.put(row.getLong(0), value);
    }
    return values;
  }
}
