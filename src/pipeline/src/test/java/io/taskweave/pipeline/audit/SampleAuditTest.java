package io.taskweave.pipeline.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.PublishedRows;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.feature.TaskPlan;
import io.taskweave.pipeline.validate.ValidationPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleAuditTest {
  private static final SparkSession spark = LocalSpark.session();

  @TempDir Path folder;

  @Test
  void unseenArticlesThatMeanNegativeInTrainingAreFlagged() {
    // A time split of a news log: in training 1.5 percent of the positive and 27 of the negative
    // rows hold an article too rare for an id, in the test part 83 and 65 percent.
    JsonNode audit = audit(plan(ValidationPlan.Mode.FAIL, article(0)), news());

    assertThat(audit.path("status").asText()).isEqualTo("warned");
    assertThat(messages(audit))
        .containsExactly(
            "field article is out of vocabulary in 1.5 percent of the 2000 positive and 27.0 percent"
                + " of the 2000 negative rows of click in train: a model learns that unknown means"
                + " negative, which need not hold for new values, set id-dropout on this field to"
                + " hide a share of known ids in training",
            "field article is out of vocabulary in 83.0 percent of the 2000 positive and 65.0"
                + " percent of the 2000 negative rows of click in test: a model learns that unknown"
                + " means positive, which need not hold for new values, set id-dropout on this field"
                + " to hide a share of known ids in training",
            "field article is out of vocabulary in 14.2 percent of the 4000 rows in train and 74.0"
                + " percent of the 4000 rows in test: training has hardly met the unknown value that"
                + " is common there, set id-dropout on this field to hide a share of known ids in"
                + " training");
    JsonNode first = audit.path("findings").path(0);
    assertThat(first.path("check").asText()).isEqualTo("rate-by-label");
    assertThat(first.path("difference").asDouble()).isCloseTo(0.015 - 0.27, within(1e-12));
    // (30 + 1) / 2002 and (540 + 1) / 2002, in standard errors of their difference.
    assertThat(first.path("z_score").asDouble()).isCloseTo(24.729161, within(1e-5));
    assertThat(first.path("first").path("affected").asLong()).isEqualTo(30);
  }

  @Test
  void aFieldWithIdDropoutIsToldSo() {
    JsonNode audit = audit(plan(ValidationPlan.Mode.FAIL, article(0.1)), news());
    assertThat(messages(audit))
        .hasSize(3)
        .allSatisfy(
            message ->
                assertThat(message)
                    .endsWith("; id-dropout of 0.1 is set on it")
                    .doesNotContain("set id-dropout"));
  }

  @Test
  void aDifferenceOfFewRowsOrOfFewPercentIsChance() {
    // All against nothing, but on one to three rows; and 14 against 5 percent of many.
    for (int positives : List.of(1, 2, 3)) {
      Dataset<Row> few =
          samples("train", 0, positives, 1, 1, 0).unionByName(samples("train", 100, 5000, 0, 0, 0));
      assertThat(messages(audit(plan(ValidationPlan.Mode.FAIL, article(0)), few))).isEmpty();
    }
    Dataset<Row> small =
        samples("train", 0, 5000, 1, 0.14, 0)
            .unionByName(samples("train", 10_000, 5000, 0, 0.05, 0));
    assertThat(messages(audit(plan(ValidationPlan.Mode.FAIL, article(0)), small))).isEmpty();
  }

  @Test
  void gapsThatTellTheLabelAreFlaggedInCategoricalAndMultiValuedFields() {
    Dataset<Row> gaps =
        samples("train", 0, 1000, 1, 0, 0.5).unionByName(samples("train", 10_000, 1000, 0, 0, 0));
    AuditPlan plan =
        plan(ValidationPlan.Mode.FAIL, article(0), FieldPlan.multiValued("tags").build());
    assertThat(messages(audit(plan, gaps)))
        .hasSize(2)
        .allSatisfy(
            message ->
                assertThat(message)
                    .contains("is missing in 50.0 percent of the 1000 positive and 0.0 percent")
                    .contains("find out why it is missing or drop the field"))
        .anySatisfy(message -> assertThat(message).startsWith("field article "))
        .anySatisfy(message -> assertThat(message).startsWith("field tags "));
  }

  @Test
  void unknownTagsAreCountedByRow() {
    Dataset<Row> unknown =
        samples("train", 0, 1000, 1, 0.5, 0).unionByName(samples("train", 10_000, 1000, 0, 0, 0));
    AuditPlan plan = plan(ValidationPlan.Mode.FAIL, FieldPlan.multiValued("tags").build());
    assertThat(messages(audit(plan, unknown)))
        .singleElement()
        .asString()
        .startsWith("field tags is out of vocabulary in 50.0 percent of the 1000 positive");
  }

  @Test
  void unobservedLabelsCountForTheSplitAlone() {
    Dataset<Row> rows =
        samples("train", 0, 1000, 1, 0.5, 0)
            .withColumn("label_click", org.apache.spark.sql.functions.lit(null).cast("tinyint"));
    JsonNode audit = audit(plan(ValidationPlan.Mode.FAIL, article(0)), rows);
    assertThat(audit.path("findings")).isEmpty();
    assertThat(audit.path("status").asText()).isEqualTo("passed");
    JsonNode all = rate(audit, "out_of_vocabulary", null);
    assertThat(all.path("rows").asLong()).isEqualTo(1000);
    assertThat(all.path("rate").asDouble()).isEqualTo(0.5);
    assertThat(rate(audit, "out_of_vocabulary", 1).path("rows").asLong()).isZero();
  }

  @Test
  void rowsOfTheTestPartThatStandInTrainingAreCountedAndNamed() {
    Dataset<Row> training = samples("train", 0, 100, 1, 0, 0);
    Dataset<Row> test =
        samples("test", 1000, 47, 1, 0, 0)
            .unionByName(
                training
                    .where("sample_id between 7 and 9")
                    .selectExpr("*", "sample_id + 5000 as other")
                    .drop("sample_id", "split")
                    .withColumnRenamed("other", "sample_id")
                    .selectExpr("*", "'test' as split"));
    Dataset<Row> rows = training.unionByName(test);

    assertThatThrownBy(() -> audit(plan(ValidationPlan.Mode.FAIL, article(0)), rows))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining(
            "3 of 50 rows in test (6.00 percent, allowed 1.00) have the user, item, features and"
                + " labels of a row in training and its time, first sample_id 5007 like 7");
    assertThat(summary().path("status").asText()).isEqualTo("refused");
    assertThat(summary().path("identical_rows").path(1).path("in_training").asLong()).isEqualTo(3);
    assertThatThrownBy(() -> audit(plan(ValidationPlan.Mode.QUARANTINE, article(0)), rows))
        .isInstanceOf(InputRejectedException.class);
    assertThat(
            audit(plan(ValidationPlan.Mode.WARN, article(0)), rows)
                .path("findings")
                .get(0)
                .path("severity")
                .asText())
        .isEqualTo("leak");
  }

  @Test
  void aRepetitionAtAnotherTimeIsAWarningWhereThereAreMany() {
    Dataset<Row> again =
        samples("train", 0, 100, 1, 0, 0)
            .drop("split", "time")
            .selectExpr("*", "'test' as split", "sample_id + 7 as time");
    Dataset<Row> rows = samples("train", 0, 100, 1, 0, 0).unionByName(again);
    JsonNode audit = audit(plan(ValidationPlan.Mode.FAIL, article(0)), rows);
    assertThat(audit.path("status").asText()).isEqualTo("warned");
    assertThat(audit.path("findings").path(0).path("check").asText()).isEqualTo("repeated-rows");
    assertThat(messages(audit))
        .singleElement()
        .asString()
        .startsWith("100 of 100 rows in test (100.00 percent, allowed 1.00)");
    Dataset<Row> once =
        samples("train", 0, 100, 1, 0, 0)
            .unionByName(samples("test", 500, 99, 1, 0, 0))
            .unionByName(again.where("sample_id = 5"));
    assertThat(messages(audit(plan(ValidationPlan.Mode.FAIL, article(0)), once))).isEmpty();
  }

  @Test
  void anotherLabelIsAnotherRow() {
    Dataset<Row> rows =
        samples("train", 0, 100, 1, 0, 0)
            .unionByName(
                samples("train", 0, 100, 1, 0, 0)
                    .drop("split", "label_click")
                    .selectExpr(
                        "*",
                        "'test' as split",
                        "cast(if(sample_id = 5, null, 0) as tinyint) as label_click"));
    JsonNode audit = audit(plan(ValidationPlan.Mode.FAIL, article(0)), rows);
    for (JsonNode part : audit.path("identical_rows")) {
      assertThat(part.path("rows").asLong())
          .isEqualTo(part.path("split").asText().equals("test") ? 100 : 0);
      assertThat(part.path("in_training").asLong()).isZero();
    }
  }

  @Test
  void aLabelAmongTheFieldsIsALeak() {
    AuditPlan plan =
        plan(ValidationPlan.Mode.FAIL, FieldPlan.categorical("article").column("is_click").build());
    assertThatThrownBy(() -> audit(plan, samples("train", 0, 10, 1, 0, 0)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("field article is the label of task click");
  }

  private static Dataset<Row> news() {
    return samples("train", 0, 2000, 1, 0.015, 0)
        .unionByName(samples("train", 10_000, 2000, 0, 0.27, 0))
        .unionByName(samples("test", 20_000, 2000, 1, 0.83, 0))
        .unionByName(samples("test", 30_000, 2000, 0, 0.65, 0));
  }

  /** Rows with one label, of which exact shares are unknown, then missing. Each row is unique. */
  private static Dataset<Row> samples(
      String split, long firstId, int rows, int label, double unknown, double missing) {
    long unknownUntil = firstId + Math.round(rows * unknown);
    long missingUntil = unknownUntil + Math.round(rows * missing);
    return spark
        .range(firstId, firstId + rows)
        .selectExpr(
            "id as sample_id",
            "concat('u', id) as user",
            "concat('i', id) as item",
            "id as time",
            "'2024-01-01' as dt",
            "'" + split + "' as split",
            "cast(" + label + " as tinyint) as label_click",
            String.format(
                "if(id < %d, 1, if(id < %d, 0, cast(2 + id %% 50 as int))) as feature_article",
                unknownUntil, missingUntil),
            String.format(
                "if(id < %d, array(2, 1, 1), if(id < %d, cast(array() as array<int>), array(2, 3)))"
                    + " as feature_tags",
                unknownUntil, missingUntil));
  }

  private static FieldPlan article(double idDropout) {
    return FieldPlan.categorical("article").idDropout(idDropout).build();
  }

  private static AuditPlan plan(ValidationPlan.Mode mode, FieldPlan... fields) {
    return new AuditPlan(
        List.of(fields),
        List.of(new TaskPlan("click", "is_click")),
        mode,
        AuditPlan.DEFAULT_RATE_DIFFERENCE,
        AuditPlan.DEFAULT_Z_SCORE,
        AuditPlan.DEFAULT_IDENTICAL_SHARE,
        5);
  }

  private JsonNode audit(AuditPlan plan, Dataset<Row> rows) {
    PublishedRows.samples(rows, path("samples"));
    new StageRunner(spark, Progress.NONE)
        .run(new SampleAudit(plan, path("samples"), path("audit")), false);
    return summary();
  }

  private JsonNode summary() {
    return DataSet.open(path("audit")).manifest().summary();
  }

  private static List<String> messages(JsonNode audit) {
    List<String> messages = new ArrayList<>();
    audit.path("findings").forEach(finding -> messages.add(finding.path("message").asText()));
    return messages;
  }

  private static JsonNode rate(JsonNode audit, String kind, Integer label) {
    for (JsonNode rate : audit.path("rates")) {
      boolean same =
          label == null ? rate.path("label").isNull() : rate.path("label").asInt(-1) == label;
      if (rate.path("kind").asText().equals(kind) && same) {
        return rate;
      }
    }
    throw new AssertionError("no such rate");
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toString());
  }
}
