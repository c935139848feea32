package io.taskweave.pipeline.validate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.PublishedRows;
import io.taskweave.pipeline.dataset.StageRunner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogValidationTest {
  /** 2024-01-01 00:00 UTC. */
  private static final long START = 1_704_067_200_000L;

  private static final long DAY = 86_400_000L;
  private static final StructType SCHEMA =
      new StructType()
          .add("sample_id", DataTypes.LongType)
          .add("dt", DataTypes.StringType)
          .add("time", DataTypes.LongType)
          .add("user", DataTypes.StringType)
          .add("price", DataTypes.DoubleType)
          .add("device", DataTypes.StringType)
          .add("code", DataTypes.StringType)
          .add("click", DataTypes.IntegerType)
          .add("weight", DataTypes.DoubleType)
          .add("watched", DataTypes.LongType)
          .add("joined", DataTypes.StringType);
  private static final String CONTRACT =
      """
      apiVersion: v3.1.0
      kind: DataContract
      id: test
      version: 1.0.0
      status: active
      schema:
        - name: log
          quality:
            - metric: duplicateValues
              mustBe: 0
              arguments: { properties: [user, time] }
          properties:
            - { name: sample_id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1 }
            - { name: dt, logicalType: date, physicalType: string }
            - name: time
              logicalType: integer
              required: true
              logicalTypeOptions: { minimum: 1600000000000, exclusiveMaximum: 1704240000000 }
              customProperties: [{ property: role, value: time }]
            - { name: user, logicalType: string, required: true }
            - name: price
              logicalType: number
              physicalType: double
              logicalTypeOptions: { minimum: 0, exclusiveMaximum: 1000 }
            - name: device
              logicalType: string
              quality:
                - { metric: invalidValues, mustBe: 0, arguments: { validValues: [ios, web] } }
            - name: code
              logicalType: string
              logicalTypeOptions: { minLength: 2, maxLength: 3, pattern: '^[a-z]*$' }
            - name: click
              logicalType: integer
              customProperties: [{ property: role, value: label }]
            - name: weight
              logicalType: number
              customProperties: [{ property: role, value: weight }]
            - name: watched
              logicalType: integer
              customProperties: [{ property: role, value: outcome }]
            - name: joined
              logicalType: string
              customProperties: [{ property: asOf, value: static }]
      """;
  private static final SparkSession spark = LocalSpark.session();

  @TempDir Path folder;

  @Test
  void aSoundLogIsAcceptedWhole() throws IOException {
    PublishedRows.log(soundLog(), path("log"));
    validate(plan(ValidationPlan.Mode.FAIL));

    assertThat(validRows().count()).isEqualTo(6);
    JsonNode findings = findings();
    assertThat(findings.path("status").asText()).isEqualTo("passed");
    assertThat(findings.path("rows").asLong()).isEqualTo(6);
    assertThat(findings.path("rows_by_day").path("2024-01-02").asLong()).isEqualTo(2);
    assertThat(findings.path("first_time").asLong()).isEqualTo(START + 1);
    assertThat(findings.path("last_time").asLong()).isEqualTo(START + DAY + 6);
    assertThat(findings.path("undeclared_columns")).isEmpty();
    assertThat(findings.path("checks")).hasSizeGreaterThan(15);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      nullValues = "",
      value = {
        "user   | null    | user is null in 1 rows, first sample_id 3 (2024-01-01, null)",
        "price  | -1.5D   | price is below 0 in 1 rows, first sample_id 3 (2024-01-01, -1.5)",
        "price  | 1000D   | price is not below 1000 in 1 rows",
        "price  | double('NaN') | price is no finite number in 1 rows",
        "price  | double('-Infinity') | price is no finite number in 1 rows",
        "device | 'phone' | device is none of ios, web in 1 rows",
        "code   | 'a1'    | code does not match ^[a-z]*$ in 1 rows",
        "code   | 'a'     | code has fewer than 2 characters in 1 rows",
        "code   | 'abcd'  | code has more than 3 characters in 1 rows",
        "click  | 2       | label click is neither 0 nor 1 in 1 rows",
        "weight | -0.5D   | weight weight is negative in 1 rows",
        "time   | 1L      | time is below 1600000000000 in 1 rows",
        "time   | time + 97300000L  | event time time lies more than 3 hours outside its day in UTC",
        "time   | time - 11000000L  | event time time lies more than 3 hours outside its day in UTC",
        "dt     | 'soon'  | dt is no date of the form yyyy-MM-dd in 1 rows",
        "sample_id | 2L   | key (sample_id) occurs more than once in 2 rows, first sample_id 2",
        "time   | time - 1 | key (user, time) occurs more than once in 2 rows, first sample_id 2",
      })
  void aRowThatBreaksAPromiseIsNamed(String column, String value, String message) {
    Dataset<Row> broken =
        soundLog()
            .withColumn(
                column, when(col("sample_id").equalTo(3), expr(value)).otherwise(col(column)));
    assertRefused(broken, plan(ValidationPlan.Mode.FAIL), message);
  }

  @Test
  void everyBrokenPromiseIsNamedAtOnceWithItsFirstRows() {
    Dataset<Row> broken =
        soundLog().withColumn("price", lit(-1.0)).withColumn("device", lit("phone"));
    assertRefused(
        broken,
        plan(ValidationPlan.Mode.FAIL),
        "price is below 0 in 6 rows, first sample_id 1 (2024-01-01, -1.0), 2 (2024-01-01, -1.0);",
        "device is none of ios, web in 6 rows, first sample_id 1 (2024-01-01, phone),");
  }

  @Test
  void whatIsAllowedIsNotFound() throws IOException {
    // An unobserved label, and events as far from their day as tolerated.
    Dataset<Row> log =
        soundLog()
            .withColumn("click", when(col("sample_id").equalTo(3), null).otherwise(col("click")))
            .withColumn(
                "time",
                when(col("sample_id").equalTo(3), lit(START - 3 * 3_600_000))
                    .when(col("sample_id").equalTo(2), lit(START + DAY + 3 * 3_600_000 - 1))
                    .otherwise(col("time")));
    PublishedRows.log(log, path("log"));
    validate(plan(ValidationPlan.Mode.FAIL));
    assertThat(findings().path("findings")).isEmpty();
  }

  @Test
  void theZoneDecidesWhereADayBegins() {
    // Midnight in Tokyo is 15:00 UTC of the day before, so a day's last hours in UTC lie outside.
    ValidationPlan tokyo = plan(ValidationPlan.Mode.FAIL, "Asia/Tokyo", 0, List.of());
    Dataset<Row> late =
        soundLog()
            .withColumn(
                "time",
                when(col("sample_id").equalTo(3), lit(START + DAY - 1)).otherwise(col("time")));
    assertRefused(late, tokyo, "outside its day in Asia/Tokyo in 1 rows, first sample_id 3");
  }

  @Test
  void absentColumnsAndWrongTypesAreFound() {
    Dataset<Row> broken =
        soundLog().drop("device").withColumn("price", col("price").cast("string"));
    assertRefused(
        broken,
        plan(ValidationPlan.Mode.FAIL),
        "column device is absent",
        "column price is STRING, not number (DOUBLE)");
    assertRefused(
        soundLog().withColumn("weight", col("weight").cast("boolean")),
        plan(ValidationPlan.Mode.FAIL),
        "column weight is BOOLEAN, not number");
  }

  @Test
  void aLabelWithoutAPositiveRowIsFound() {
    assertRefused(
        soundLog().withColumn("click", lit(0)),
        plan(ValidationPlan.Mode.FAIL),
        "label click is 1 in no row");
  }

  @Test
  void labelsAndOutcomesAreNoFeatures() {
    assertRefused(
        soundLog(),
        plan(ValidationPlan.Mode.FAIL, "UTC", 0, List.of("price", "click")),
        "label click is among the features");
    assertRefused(
        soundLog(),
        plan(ValidationPlan.Mode.FAIL, "UTC", 0, List.of("watched")),
        "column watched is among the features, but the contract calls it outcome");
  }

  @ParameterizedTest
  @CsvSource({
    "2023-12-31,false",
    "2024-01-01,true",
    "2024-01-01T00:00:00Z,false",
    "2024-01-01T00:00:01Z,true",
    "static,false"
  })
  void aJoinedColumnMustNotKnowTheLabels(String asOf, boolean refused) throws IOException {
    String contract = CONTRACT.replace("value: static", "value: '" + asOf + "'");
    Files.writeString(folder.resolve("contract.yaml"), contract);
    PublishedRows.log(soundLog(), path("log"));
    if (refused) {
      assertThatThrownBy(() -> run(plan(ValidationPlan.Mode.FAIL)))
          .isInstanceOf(InputRejectedException.class)
          .hasMessageContaining(
              "column joined knows what happened until "
                  + asOf
                  + ", but the labels of the log begin on 2024-01-01");
    } else {
      run(plan(ValidationPlan.Mode.FAIL));
    }
  }

  @Test
  void aJumpOfTheRowsADayIsFoundWhereItIsLimited() throws IOException {
    // Four rows, then two: half of them are gone.
    assertRefused(
        soundLog(),
        plan(ValidationPlan.Mode.FAIL, "UTC", 0.49, List.of()),
        "2024-01-02 has 2 rows, -50 percent against the 4 of the day before (allowed 49)");
    validate(plan(ValidationPlan.Mode.FAIL, "UTC", 0.5, List.of()));
    validate(plan(ValidationPlan.Mode.FAIL, "UTC", 0, List.of()));
    assertThat(findings().path("status").asText()).isEqualTo("passed");
  }

  @Test
  void aDayWithoutRowsIsAChange() {
    assertRefused(
        soundLog()
            .withColumn(
                "dt", when(col("dt").equalTo("2024-01-01"), "2023-12-31").otherwise(col("dt")))
            .withColumn(
                "time",
                when(col("dt").equalTo("2023-12-31"), col("time").minus(DAY))
                    .otherwise(col("time"))),
        plan(ValidationPlan.Mode.FAIL, "UTC", 0.9, List.of()),
        "2024-01-01 has 0 rows, -100 percent against the 4 of the day before");
  }

  @Test
  void aRefusalIsPublishedAndStopsWhatFollows() throws IOException {
    assertRefused(
        soundLog().withColumn("price", lit(-1.0)), plan(ValidationPlan.Mode.FAIL), "below");
    assertThat(findings().path("status").asText()).isEqualTo("refused");
    assertThat(
            findings()
                .path("findings")
                .path(0)
                .path("offenders")
                .path(0)
                .path("sample_id")
                .asText())
        .isEqualTo("1");
    assertThatThrownBy(this::validRows)
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("price is below 0");
    // Up to date, and refused as before.
    assertThatThrownBy(() -> run(plan(ValidationPlan.Mode.FAIL)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("price is below 0");
  }

  @Test
  void findingsOfAnotherLogAreNotTrusted() throws IOException {
    PublishedRows.log(soundLog(), path("log"));
    validate(plan(ValidationPlan.Mode.FAIL));
    PublishedRows.log(soundLog().withColumn("price", lit(-1.0)), path("log"));
    assertThatThrownBy(this::validRows)
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("has changed since it was validated");
  }

  @Test
  void quarantinedRowsAreLeftOutWithTheirReasons() throws IOException {
    Dataset<Row> broken =
        soundLog()
            .withColumn("price", when(col("sample_id").equalTo(3), -1.0).otherwise(col("price")))
            .withColumn("user", when(col("sample_id").isin(3, 6), null).otherwise(col("user")))
            .withColumn(
                "time",
                when(col("sample_id").equalTo(2), col("time").minus(1)).otherwise(col("time")));
    PublishedRows.log(broken, path("log"));
    validate(plan(ValidationPlan.Mode.QUARANTINE));

    assertThat(
            validRows().select("sample_id").orderBy("sample_id").collectAsList().stream()
                .map(row -> row.getLong(0)))
        .containsExactly(4L, 5L);
    assertThat(findings().path("status").asText()).isEqualTo("quarantined");
    assertThat(findings().path("quarantined_rows").asLong()).isEqualTo(4);
    Row third =
        DataSet.open(path("validation"))
            .rows(spark, LogValidation.QUARANTINE)
            .where("sample_id = 3")
            .first();
    assertThat(third.<String>getList(third.fieldIndex(Offences.BREACHES)))
        .containsExactly("price is below 0", "user is null");
  }

  @Test
  void quarantineRefusesWhatNoRowIsToBlameFor() {
    assertRefused(
        soundLog().drop("device"), plan(ValidationPlan.Mode.QUARANTINE), "column device is absent");
  }

  @Test
  void aWarningLeavesAllRows() throws IOException {
    PublishedRows.log(soundLog().withColumn("price", lit(-1.0)).drop("device"), path("log"));
    validate(plan(ValidationPlan.Mode.WARN));
    assertThat(validRows().count()).isEqualTo(6);
    assertThat(findings().path("status").asText()).isEqualTo("warned");
    assertThat(findings().path("findings")).hasSize(2);
  }

  /** Four rows on the first of January and two on the second; two users take turns. */
  private static Dataset<Row> soundLog() {
    List<Row> rows = new ArrayList<>();
    for (int id = 1; id <= 6; id++) {
      boolean first = id <= 4;
      rows.add(
          RowFactory.create(
              (long) id,
              first ? "2024-01-01" : "2024-01-02",
              START + (first ? 0 : DAY) + id,
              "u" + (id - 1) / 3,
              id * 1.0,
              id % 2 == 0 ? "ios" : "web",
              "ab",
              id % 2,
              1.0,
              5L,
              null));
    }
    return spark.createDataFrame(rows, SCHEMA);
  }

  private static ValidationPlan plan(ValidationPlan.Mode mode) {
    return plan(mode, "UTC", 0, List.of("price"));
  }

  private static ValidationPlan plan(
      ValidationPlan.Mode mode, String zone, double rowCountChange, List<String> features) {
    return new ValidationPlan(
        "contract.yaml",
        mode,
        rowCountChange,
        Duration.ofHours(3),
        ZoneId.of(zone),
        2,
        List.of("click"),
        features);
  }

  private void assertRefused(Dataset<Row> log, ValidationPlan plan, String... messages) {
    PublishedRows.log(log, path("log"));
    assertThatThrownBy(() -> validate(plan))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageStartingWith("Cannot accept the log: ")
        .hasMessageContainingAll(messages);
  }

  private void validate(ValidationPlan plan) throws IOException {
    Files.writeString(folder.resolve("contract.yaml"), CONTRACT);
    run(plan);
  }

  private void run(ValidationPlan plan) {
    ValidationPlan located =
        new ValidationPlan(
            folder.resolve(plan.contract()).toString(),
            plan.mode(),
            plan.maximumRowCountChange(),
            plan.dayTolerance(),
            plan.zone(),
            plan.offendersNamed(),
            plan.labelColumns(),
            plan.featureColumns());
    new StageRunner(spark, Progress.NONE)
        .run(new LogValidation(located, path("log"), path("validation")), false);
  }

  private Dataset<Row> validRows() {
    return LogValidation.validRows(spark, path("log"), path("validation"));
  }

  private JsonNode findings() throws IOException {
    org.apache.hadoop.fs.Path file = DataSet.open(path("validation")).file(LogValidation.FILE);
    try (InputStream in = Files.newInputStream(Path.of(file.toUri().getPath()))) {
      return JsonMapper.builder().build().readTree(in);
    }
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toString());
  }
}
