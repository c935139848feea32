package io.taskweave.pipeline.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.importing.DuplicateRule;
import io.taskweave.pipeline.importing.ImportPlan;
import io.taskweave.pipeline.importing.LogImport;
import io.taskweave.pipeline.importing.TableColumn;
import io.taskweave.pipeline.importing.TableFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogValidationTest {
  private static SparkSession spark;

  @TempDir Path folder;

  @BeforeAll
  static void startSpark() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.sql.shuffle.partitions", 4)
            .getOrCreate();
  }

  @Test
  void aSoundLogIsAcceptedWhole() throws IOException {
    validate("1,5,1000,1\n2,6,2000,0\n", ValidationPlan.Mode.FAIL, "price");
    assertThat(LogValidation.validRows(spark, path("log"), path("validation")).count())
        .isEqualTo(2);
  }

  @Test
  void everyBrokenPromiseIsNamedAtOnce() {
    assertThatThrownBy(
            () ->
                validate("1,5,1000,2\n2,-6,2000,0\n,6,3000,0\n", ValidationPlan.Mode.FAIL, "click"))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("label click other than 0 and 1 in 1 rows, first sample_id [")
        .hasMessageContaining("price below 0.0 in 1 rows")
        .hasMessageContaining("null in required column user in 1 rows")
        .hasMessageContaining("label click is 1 in no row")
        .hasMessageContaining("label click is among the features");
  }

  @Test
  void quarantinedRowsAreLeftOut() throws IOException {
    validate("1,5,1000,2\n2,6,2000,1\n", ValidationPlan.Mode.QUARANTINE, "price");
    assertThat(
            LogValidation.validRows(spark, path("log"), path("validation"))
                .first()
                .<Integer>getAs("user"))
        .isEqualTo(2);
  }

  private void validate(String rows, ValidationPlan.Mode mode, String feature) throws IOException {
    Path csv = Files.writeString(folder.resolve("log.csv"), "user,price,ms,click\n" + rows);
    Path contract =
        Files.writeString(
            folder.resolve("contract.yaml"),
            """
            schema:
              - properties:
                  - name: user
                    required: true
                  - name: price
                    logicalTypeOptions: { minimum: 0 }
            """);
    List<TableColumn> columns =
        List.of(
            new TableColumn("user", TableColumn.Type.INT),
            new TableColumn("price", TableColumn.Type.DOUBLE),
            new TableColumn("ms", TableColumn.Type.LONG),
            new TableColumn("click", TableColumn.Type.INT));
    ImportPlan imported =
        new ImportPlan(
            csv.toString(),
            TableFormat.csv(columns),
            "ms",
            ImportPlan.TimeUnit.MILLISECONDS,
            ZoneOffset.UTC,
            Optional.empty(),
            "",
            new DuplicateRule.KeepAll(),
            List.of());
    StageRunner runner = new StageRunner(spark, Progress.NONE);
    runner.run(new LogImport(imported, path("log")), false);
    ValidationPlan plan =
        new ValidationPlan(contract.toString(), mode, 0, 5, List.of("click"), List.of(feature));
    runner.run(new LogValidation(plan, path("log"), path("validation")), false);
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toUri());
  }
}
