package io.taskweave.pipeline.feature;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.Pooling;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.PartitionContent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One log, encoded once into every kind of field. */
class EncodedFieldsTest {
  private static final FieldPlan[] FIELDS = {
    FieldPlan.categorical("item").table("a/b \"table\" {*}").build(),
    FieldPlan.categorical("frequent").column("item").minimumCount(2).build(),
    FieldPlan.categorical("target").column("item").table("items").build(),
    FieldPlan.categorical("last").column("last item").table("items").build(),
    FieldPlan.categorical("hashed").column("item").hashBuckets(3).build(),
    FieldPlan.multiValued("tag").pooling(Pooling.SUM).maxValues(2).build(),
    FieldPlan.multiValued("hashed_tag").column("tag").hashBuckets(5).build(),
    FieldPlan.categorical("first_tag").column("tag").derivation(Derivation.FIRST_OF_LIST).build(),
    FieldPlan.categorical("hour").column("hourmin").derivation(Derivation.HOUR_OF_HHMM).build(),
    FieldPlan.categorical("hour_there")
        .column("time")
        .derivation(Derivation.HOUR_OF_TIME)
        .zone("America/New_York")
        .build(),
    FieldPlan.categorical("weekday")
        .column("time")
        .derivation(Derivation.DAY_OF_WEEK_OF_TIME)
        .build(),
    FieldPlan.categorical("length").edges(List.of(2.0, 5.0)).build(),
    FieldPlan.categorical("late").column("hourmin").edges(List.of(1000.0)).build(),
    FieldPlan.categorical("half").column("length").quantiles(2).build(),
    FieldPlan.categorical("constant").column("time").quantiles(4).build(),
    FieldPlan.numeric("number").column("length").clip(2.0, 4.0).log(true).normalise(true).build(),
    FieldPlan.categorical("user").column("user.id").idDropout(0.25).build()
  };

  @TempDir static Path folder;
  private static FeatureLog log;
  private static Manifest manifest;
  private static Map<String, Map<Long, Object>> features;

  @BeforeAll
  static void encodeATinyLog() {
    log = FeatureLog.tiny(folder);
    manifest = log.encode(FeatureLog.plan(FIELDS));
    features = log.features();
  }

  @Test
  void idsFollowCountThenTokenAndTheTestPartTeachesNothing() {
    assertThat(log.vocabulary("a/b \"table\" {*}")).isEqualTo(Map.of("c", 2, "b", 3, "d", 4));
    assertThat(features.get("item"))
        .containsEntry(1L, 2)
        .containsEntry(6L, 3)
        .containsEntry(7L, FieldValues.UNKNOWN_ID);
  }

  @Test
  void tokensBelowTheMinimumCountAreUnknown() {
    assertThat(log.vocabulary("frequent")).isEqualTo(Map.of("c", 2));
    assertThat(features.get("frequent")).containsEntry(4L, 1).containsEntry(1L, 2);
  }

  @Test
  void fieldsOfATableShareIdsAndNullIsPadding() {
    // c 3; a 2, b 2; d 1, zz 1.
    assertThat(log.vocabulary("items")).isEqualTo(Map.of("c", 2, "a", 3, "b", 4, "d", 5, "zz", 6));
    assertThat(features.get("last"))
        .containsEntry(1L, 3)
        .containsEntry(3L, FieldValues.MISSING_ID)
        .containsEntry(6L, 2);
    assertThat(tableRows("target")).isEqualTo(7).isEqualTo(tableRows("last"));
  }

  @Test
  void plainTokensOfFilesAreReadInBatches() {
    Dataset<Row> published = DataSet.open(log.path("log")).rows(LocalSpark.session());
    List<String> names = List.of("last item", "user.id");
    assertThat(LogBatches.of(published, names)).isPresent();
    assertThat(LogBatches.of(published.where("dt < '2024-01-03'"), names)).isPresent();
    // What takes more than a scan is left to rows.
    assertThat(LogBatches.of(published.where("length > 2"), names)).isEmpty();
    assertThat(LogBatches.of(published.withColumn("last item", col("item")), names)).isEmpty();
    assertThat(LogBatches.of(log.rows(), names)).isEmpty();
  }

  @Test
  void hashedTokensFillTheConfiguredIdsWithoutAVocabulary() {
    assertThat(features.get("hashed").values())
        .allSatisfy(id -> assertThat((int) id).isBetween(2, 4));
    assertThat(features.get("hashed").get(1L)).isEqualTo(features.get("hashed").get(3L));
    assertThat(tableRows("hashed")).isEqualTo(5);
    assertThat((List<?>) features.get("hashed_tag").get(5L)).hasSize(2);
    assertThat(features.get("hashed_tag")).containsEntry(3L, List.of());
  }

  @Test
  void aMultiValuedFieldIsAListOfItsFirstIds() {
    // y 3, x 1, z 1.
    assertThat(features.get("tag"))
        .containsEntry(1L, List.of(3, 2))
        .containsEntry(3L, List.of())
        .containsEntry(4L, List.of())
        .containsEntry(5L, List.of(2, 4))
        .containsEntry(7L, List.of(1, 3));
  }

  @Test
  void firstOfListAndHoursAreDerivedInTheirZone() {
    assertThat(log.vocabulary("first_tag").keySet()).containsExactlyInAnyOrder("x", "y");
    assertThat(features.get("first_tag"))
        .containsEntry(3L, 0)
        .containsEntry(5L, features.get("first_tag").get(2L));
    assertThat(log.vocabulary("hour").keySet()).containsExactlyInAnyOrder("0", "9", "10", "23");
    assertThat(features.get("hour")).containsEntry(5L, 0);
    // One second past the epoch: Thursday 00 in UTC, Wednesday 19 in New York.
    assertThat(log.vocabulary("hour_there").keySet()).containsExactly("19");
    assertThat(log.vocabulary("weekday").keySet()).containsExactly("4");
  }

  @Test
  void anEdgeBelongsToTheBucketAboveIt() {
    assertThat(features.get("length"))
        .containsEntry(1L, 2)
        .containsEntry(2L, 3)
        .containsEntry(4L, 3)
        .containsEntry(5L, 4);
    assertThat(features.get("late")).containsEntry(5L, 0).containsEntry(2L, 2).containsEntry(4L, 3);
    assertThat(tableRows("length")).isEqualTo(5);
  }

  @Test
  void quantileEdgesComeFromTheTrainingPartAndTiesCollapse() {
    // Training lengths 1 to 5: the edge is the value at rank floor(5 / 2).
    assertThat(edges("half")).containsExactly(3.0);
    assertThat(edges("constant")).containsExactly(1000.0);
    assertThat(features.get("half")).containsEntry(2L, 2).containsEntry(3L, 3).containsEntry(7L, 2);
  }

  @Test
  void numbersAreClippedThenLoggedThenNormalisedByTheTrainingPart() {
    double[] training = {Math.log1p(2), Math.log1p(2), Math.log1p(3), Math.log1p(4), Math.log1p(4)};
    double mean = Arrays.stream(training).average().orElseThrow();
    double variance =
        Arrays.stream(training).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
    assertThat((float) features.get("number").get(7L))
        .isCloseTo((float) ((Math.log1p(2) - mean) / Math.sqrt(variance)), offset(1e-6f));
  }

  @Test
  void everyUserHasOneStreamAndEveryStreamOneFileADayAndPart() {
    Dataset<Row> samples = log.samples();
    assertThat(samples.select("user", "stream").distinct().count()).isEqualTo(4);
    assertThat(
            DataSet.open(log.samplesPath()).manifest().files().stream()
                .filter(file -> file.path().contains("/samples/"))
                .count())
        .isEqualTo(samples.select("dt", "split", "stream").distinct().count());
  }

  @Test
  void labelsMayBeMissingAndWeightsAreKept() {
    List<Row> labels =
        log.samples()
            .where("sample_id in (3, 7)")
            .selectExpr("label_click", "label_like", "cast(weight as double)")
            .orderBy("sample_id")
            .collectAsList();
    assertThat(labels.get(0).toString()).isEqualTo("[0,null,1.5]");
    assertThat(labels.get(1).toString()).isEqualTo("[1,1,3.5]");
  }

  @Test
  void theSummaryTellsMissingAndUnknownRates() {
    JsonNode train = manifest.summary().path("splits").path("train");
    JsonNode test = manifest.summary().path("splits").path("test").path("fields");
    assertThat(train.path("rows").asLong()).isEqualTo(5);
    assertThat(train.path("fields").path("last").path("missing_rate").asDouble()).isEqualTo(0.2);
    assertThat(test.path("last").path("out_of_vocabulary_rate").asDouble()).isEqualTo(1.0);
    assertThat(test.path("tag").path("out_of_vocabulary_rate").asDouble()).isEqualTo(0.5);
    assertThat(train.path("fields").path("tag").path("missing_rate").asDouble()).isEqualTo(0.4);
    assertThat(train.path("labels").path("like").path("labelled").asLong()).isEqualTo(4);
    assertThat(train.path("labels").path("click").path("positives").asLong()).isEqualTo(2);
    assertThat(manifest.rowsByPartition())
        .isEqualTo(Map.of("2024-01-01", 5L, "2024-01-02", 1L, "2024-01-03", 1L));
  }

  @Test
  void whatIsCountedWhileWritingIsWhatAReaderFinds() {
    Dataset<Row> samples = log.samples();
    SortedMap<String, PartitionContent> byDay = new TreeMap<>(manifest.contentByPartition());
    assertThat(byDay.remove("").rows()).isZero();
    assertThat(byDay).isEqualTo(PartitionContent.byPartition(samples));
    assertThat(manifest.schema()).isEqualTo(samples.schema().json());
  }

  @Test
  void theSameIdsOfOtherValuesAreOtherContent(@TempDir Path first, @TempDir Path second) {
    List<Manifest> manifests = new ArrayList<>();
    for (String tag : List.of("drama", "comedy")) {
      FeatureLog renamed = new FeatureLog(manifests.isEmpty() ? first : second);
      for (int day = 1; day <= 3; day++) {
        renamed.add(day, "u1", "i", null, tag, 5, 1.0, 1, 1, "2024-01-0" + day);
        renamed.add(10 + day, "u2", "i", null, tag, 5, 1.0, 0, 0, "2024-01-0" + day);
      }
      manifests.add(renamed.encode(FeatureLog.plan(FieldPlan.categorical("tag").build())));
    }
    assertThat(manifests.get(0).contentByPartition().get("2024-01-01"))
        .isEqualTo(manifests.get(1).contentByPartition().get("2024-01-01"));
    assertThat(manifests.get(0).contentHash()).isNotEqualTo(manifests.get(1).contentHash());
  }

  @Test
  void rowsThatBringNoIdAreToldApartByWhereTheyHaveNone() {
    Dataset<Row> rows =
        log.rows()
            .where("sample_id <= 2")
            .drop("sample_id")
            .withColumn("click", expr("if(length = 1, 1, null)"))
            .withColumn("like", expr("if(length = 1, null, 1)"))
            .withColumn("tag", lit("x"))
            .withColumn("hourmin", lit(5))
            .withColumn("length", lit(1.0))
            .withColumn("weight", lit(1.0));
    assertThat(log.encoder().encode(rows).select("sample_id").distinct().count()).isEqualTo(2);
  }

  @Test
  void theSamplesOfAFileAscendByTheirIds(@TempDir Path other) {
    FeatureLog shuffled = new FeatureLog(other);
    for (long i = 0; i < 300; i++) {
      long id = i * 7919 % 300;
      shuffled.add(
          id, "u" + id % 20, "i", null, "x", 5, 1.0, (int) (id % 2), 1, "2024-01-0" + (1 + id % 3));
    }
    shuffled.encode(FeatureLog.plan(FieldPlan.categorical("user").column("user.id").build()));
    Map<String, List<Long>> idsByFile =
        shuffled.samples().select(input_file_name(), col("sample_id")).collectAsList().stream()
            .collect(groupingBy(row -> row.getString(0), mapping(row -> row.getLong(1), toList())));
    assertThat(idsByFile).hasSize(9);
    assertThat(idsByFile.values()).allSatisfy(ids -> assertThat(ids).isSorted());
  }

  @Test
  void theEncoderAloneEncodesAsTheStageDid() {
    log.encoder().copyTo(log.path("best"));
    FeatureEncoder copy = FeatureEncoder.open(log.path("best"));
    assertThat(copy.layout()).isEqualTo(log.encoder().layout());
    assertThat(copy.layout().fields())
        .filteredOn(field -> field.idDropout() != 0)
        .extracting(Field::name, Field::idDropout)
        .containsExactly(tuple("user", 0.25));
    Dataset<Row> again = copy.encode(log.rows());
    String[] columns =
        Arrays.stream(again.columns()).map(column -> "`" + column + "`").toArray(String[]::new);
    assertThat(again.orderBy("sample_id").collectAsList())
        .isEqualTo(log.samples().selectExpr(columns).orderBy("sample_id").collectAsList());

    Dataset<Row> candidates =
        copy.encode(
            LocalSpark.session()
                .sql(
                    "select 'u1' as `user.id`, 'c' as item, 'new' as `last item`, 'x' as tag,"
                        + " 5 as hourmin, 1.0D as length, 1000L as time"));
    Row candidate = candidates.first();
    assertThat(candidate.isNullAt(candidate.fieldIndex("label_click"))).isTrue();
    assertThat(candidate.<Integer>getAs("feature_item")).isEqualTo(2);
    assertThat(candidate.<Integer>getAs("feature_last")).isEqualTo(1);
    assertThat(candidate.<Float>getAs("weight")).isEqualTo(1f);
  }

  @Test
  void contentDependsNeitherOnThePartitionsNorOnHowTokensAreLookedUp(@TempDir Path other) {
    FeatureLog again = FeatureLog.tiny(other);
    LocalSpark.session().conf().set("spark.sql.shuffle.partitions", "7");
    try {
      assertThat(again.encode(FeatureLog.plan(0, List.of(), FIELDS)).contentHash())
          .isEqualTo(manifest.contentHash());
    } finally {
      LocalSpark.session().conf().set("spark.sql.shuffle.partitions", "2");
    }
  }

  private static int tableRows(String field) {
    return log.encoder().layout().fields().stream()
        .filter(found -> found.name().equals(field))
        .findFirst()
        .orElseThrow()
        .tableRows();
  }

  private static List<Double> edges(String field) {
    return log.encoder().description().fields().stream()
        .filter(found -> found.plan().name().equals(field))
        .findFirst()
        .orElseThrow()
        .edges();
  }
}
