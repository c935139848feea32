package io.taskweave.pipeline.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.PublishedRows;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.feature.FeaturePlan;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.feature.TaskPlan;
import io.taskweave.pipeline.group.GroupPlan;
import io.taskweave.pipeline.group.GroupStage;
import io.taskweave.pipeline.split.SplitRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DataContractTest {
  private static final Path SHIPPED = Path.of("../../data-schemas");
  private static final String HEAD =
      """
      apiVersion: v3.1.0
      kind: DataContract
      id: test
      version: 1.0.0
      status: active
      schema:
        - name: log
          properties:
      """;

  @TempDir Path folder;

  static List<Path> shipped() throws IOException {
    try (Stream<Path> files = Files.list(SHIPPED)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void everyShippedContractIsReadAndWhollyChecked(Path file) {
    DataContract contract = read(file);
    assertThat(file.getFileName().toString()).endsWith(".odcs.yaml");
    assertThat(contract.unchecked()).isEmpty();
    assertThat(contract.keys()).isNotEmpty();
    assertThat(contract.columns())
        .allSatisfy(
            column -> {
              assertThat(column.logicalType()).as(column.name()).isNotEmpty();
              assertThat(column.physicalType()).as(column.name()).isNotEmpty();
            });
  }

  @ParameterizedTest
  @CsvSource({"demo", "kuairand", "tiktok"})
  void aContractOfALogNamesItsRoles(String name) {
    DataContract contract = read(SHIPPED.resolve(name + ".odcs.yaml"));
    assertThat(contract.withRole(ColumnRole.USER)).hasSize(1);
    assertThat(contract.withRole(ColumnRole.ITEM)).hasSize(1);
    assertThat(contract.withRole(ColumnRole.TIME))
        .extracting(PromisedColumn::name)
        .containsExactly("time");
    assertThat(contract.withRole(ColumnRole.LABEL)).hasSizeGreaterThan(1);
    assertThat(contract.withRole(ColumnRole.FEATURE)).isNotEmpty();
  }

  @Test
  void everyJoinedColumnOfKuaiRandDeclaresItsAsOf() {
    DataContract contract = read(SHIPPED.resolve("kuairand.odcs.yaml"));
    for (String joined : List.of("author_id", "tag", "user_active_degree", "fans_user_num_range")) {
      assertThat(contract.column(joined).orElseThrow().asOf()).as(joined).isPresent();
    }
    assertThat(contract.column("tab").orElseThrow().asOf()).isEmpty();
  }

  @Test
  void allowedValuesComeInTheFormsOfEachVersion() throws IOException {
    assertThat(
            column(
                    "quality: [{ metric: invalidValues, mustBe: 0, arguments: { validValues: [a, b] } }]")
                .allowedValues())
        .containsExactly("a", "b");
    assertThat(column("enum: [{ value: a }, { value: b }]").allowedValues())
        .containsExactly("a", "b");
  }

  @Test
  void exclusiveBoundsAreNumbersOrFlags() throws IOException {
    assertThat(column("logicalTypeOptions: { exclusiveMinimum: 2 }").range().exclusiveMinimum())
        .hasValue(2);
    PromisedColumn.Range flagged =
        column("logicalTypeOptions: { minimum: 2, exclusiveMinimum: true }").range();
    assertThat(flagged.exclusiveMinimum()).hasValue(2);
    assertThat(flagged.minimum()).isEmpty();
  }

  @Test
  void aRuleThatNothingChecksIsSaid() throws IOException {
    DataContract contract =
        contract(
            """
                  - name: a
                    physicalType: VARCHAR2(5)
                    quality:
                      - { type: sql, query: select 1, mustBe: 0 }
                      - { metric: nullValues, mustBeLessThan: 5 }
                      - { type: text, description: words }
            """);
    assertThat(contract.unchecked())
        .hasSize(3)
        .anySatisfy(rule -> assertThat(rule).contains("VARCHAR2(5)"))
        .anySatisfy(rule -> assertThat(rule).contains("select 1"))
        .anySatisfy(rule -> assertThat(rule).contains("mustBeLessThan"));
  }

  @Test
  void keysComeInThreeForms() throws IOException {
    DataContract contract =
        contract(
            """
                  - { name: b, primaryKey: true, primaryKeyPosition: 2 }
                  - { name: a, primaryKey: true, primaryKeyPosition: 1 }
                  - { name: c, unique: true }
                  - { name: d, quality: [{ metric: duplicateValues, mustBe: 0 }] }
            """);
    assertThat(contract.keys()).containsExactly(List.of("a", "b"), List.of("c"), List.of("d"));
    assertThat(contract.column("a").orElseThrow().required()).isTrue();
    assertThat(contract.column("c").orElseThrow().required()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version: 1.0.0 | | version is missing",
        "v3.1.0 | v2.2.2 | no data contract of version 3",
        "kind: DataContract | kind: Table | no data contract of version 3",
        "name: a | logicalType: string | a property has no name",
        "integer | entier | logicalType of a is unknown (entier)",
        "value: item | value: thing | unknown role (thing)",
        "'2024-01-01' | yesterday | asOf of a is neither a day nor an instant (yesterday)",
      })
  void anUnusableContractIsRefused(String from, String to, String message) throws IOException {
    String text =
        HEAD
            + "      - { name: a, logicalType: integer, customProperties:"
            + " [{ property: role, value: item }, { property: asOf, value: '2024-01-01' }] }\n";
    assertThat(text).contains(from);
    assertThatThrownBy(() -> parse(text.replace(from, to == null ? "" : to)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(message);
  }

  @Test
  void samplesAndGroupsKeepTheirContracts() {
    SparkSession spark = LocalSpark.session();
    Dataset<Row> log =
        spark
            .range(30)
            .selectExpr(
                "id as sample_id",
                "id as time",
                "concat('u', id % 4) as user_id",
                "concat('i', id % 5) as item_id",
                "cast(id % 2 as int) as click",
                "if(id % 3 = 0, null, cast(id % 5 = 1 as int)) as like",
                "cast(id as double) as price",
                "'a|b' as tags",
                "concat('2024-01-0', 1 + id div 10) as dt");
    PublishedRows.log(log, path("log"));
    List<TaskPlan> tasks = List.of(new TaskPlan("click", "click"), new TaskPlan("like", "like"));
    FeaturePlan plan =
        FeaturePlan.of(
            "user_id",
            "item_id",
            List.of(
                FieldPlan.categorical("item_id").build(),
                FieldPlan.multiValued("tags").separator("|").build(),
                FieldPlan.numeric("price").build()),
            tasks,
            new SplitRule.ByDate("dt", "2024-01-02", "2024-01-03"));
    StageRunner runner = new StageRunner(spark, Progress.NONE);
    runner.run(new FeatureStage(plan, path("log"), path("samples")), false);
    GroupPlan groups =
        new GroupPlan(
            List.of("click", "like"), 1.5, true, GroupPlan.Method.LOG_RATIO, List.of(1.5));
    runner.run(new GroupStage(path("samples"), path("groups"), groups, false), false);

    assertKept("samples", FeatureStage.samples(spark, path("samples")), "label_", "feature_");
    assertKept("groups", DataSet.open(path("groups")).rows(spark), "positives_");
  }

  /** All promises hold, and every other column belongs to a family that the contract describes. */
  private static void assertKept(String name, Dataset<Row> rows, String... families) {
    DataContract contract = read(SHIPPED.resolve(name + ".odcs.yaml"));
    ValidationPlan plan =
        new ValidationPlan(
            name,
            ValidationPlan.Mode.FAIL,
            0,
            Duration.ofDays(99_999),
            ZoneOffset.UTC,
            1,
            List.of(),
            List.of());
    RowChecks checks = RowChecks.of(contract, plan, rows.schema());
    assertThat(checks.findings()).as(name).isEmpty();
    assertThat(rows.count()).isPositive();
    for (RowCheck check : checks.checks()) {
      assertThat(rows.where(check.broken()).count()).as(check.breach()).isZero();
    }
    for (List<String> key : contract.keys()) {
      assertThat(new KeyCheck(key).repeatedRows(rows)).as(key.toString()).isZero();
    }
    assertThat(Arrays.stream(rows.columns()).filter(c -> contract.column(c).isEmpty()).toList())
        .as(name)
        .isNotEmpty()
        .allMatch(column -> Set.of(families).stream().anyMatch(column::startsWith));
  }

  private PromisedColumn column(String rest) throws IOException {
    return contract("      - { name: a, logicalType: string, " + rest + " }\n").columns().get(0);
  }

  private DataContract contract(String properties) throws IOException {
    return parse(HEAD + properties);
  }

  private DataContract parse(String text) throws IOException {
    return read(Files.writeString(folder.resolve("contract.yaml"), text));
  }

  private static DataContract read(Path file) {
    return DataContract.read(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration());
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toString());
  }
}
