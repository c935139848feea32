package io.taskweave.pipeline.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ExitCode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.error.TaskweaveException;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.StageRunner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogImportTest {
  private static final String HEADER = "user,item,ms,click\n";
  private static final List<TableColumn> COLUMNS =
      List.of(
          new TableColumn("user", TableColumn.Type.INT),
          new TableColumn("item", TableColumn.Type.INT),
          new TableColumn("ms", TableColumn.Type.LONG),
          new TableColumn("click", TableColumn.Type.INT));
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
  void exactDuplicatesLeaveOneRowAndKeysLeaveTheStatedSurvivor() throws IOException {
    Path log = write("log.csv", HEADER + "1,7,1000,0\n1,7,1000,0\n1,7,1000,1\n2,8,2000,0\n");
    DataSet exact = imported(plan(log, new DuplicateRule.ExactRows()));
    assertThat(exact.manifest().rows()).isEqualTo(3);
    assertThat(exact.manifest().summary().get("exact_duplicates_removed").asLong()).isEqualTo(1);

    DataSet keyed =
        imported(
            plan(
                log,
                new DuplicateRule.ByKey(
                    List.of("user", "item", "ms"), DuplicateRule.Survivor.MAXIMUM, "click")));
    assertThat(keyed.manifest().rows()).isEqualTo(2);
    assertThat(keyed.rows(spark).filter("user = 1").first().<Integer>getAs("click")).isEqualTo(1);
  }

  @Test
  void theZoneDecidesTheDay() throws IOException {
    // 2022-04-25 17:00 UTC is 01:00 of the 26th eight hours further east.
    Path log = write("log.csv", HEADER + "1,7,1650906000000,0\n");
    assertThat(imported(plan(log, new DuplicateRule.KeepAll())).manifest().rowsByPartition())
        .containsOnlyKeys("2022-04-26");
  }

  @Test
  void wrongTypeNamesFileColumnAndValue() throws IOException {
    assertRejected(write("log.csv", HEADER + "1,7,1000,0\n1,x9,1000,0\n"), "log.csv", "item", "x9");
    assertRejected(write("log.csv", HEADER + "1,7,1000,1.5\n"), "click", "1.5");
  }

  @Test
  void malformedRowsUnknownColumnsAndNoRowsAreRejected() throws IOException {
    assertRejected(write("log.csv", HEADER + "1,7\n"), "log.csv", "number of columns");
    assertRejected(write("log.csv", "user,item,when,click\n1,7,1000,0\n"), "no column ms");
    assertRejected(write("log.csv", HEADER), "no rows");
  }

  @Test
  void missingFilesAndEmptyFoldersAreRejected() throws IOException {
    assertRejected(folder.resolve("absent.csv"), "absent.csv", "no such file");
    assertRejected(Files.createDirectory(folder.resolve("void")), "void", "empty");
  }

  @Test
  void truncatedGzipIsRejected() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      StringBuilder text = new StringBuilder(HEADER);
      for (int row = 0; row < 5000; row++) {
        text.append(row).append(',').append(row * 31 % 977).append(",1000,0\n");
      }
      gzip.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }
    Path log = folder.resolve("log.csv.gz");
    Files.write(log, Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2));
    assertRejected(log, "log.csv.gz", "truncated");
  }

  @Test
  void sideTablesNeedAnAsOfBeforeTheLabels() throws IOException {
    Path log = write("log.csv", HEADER + "1,7,1650906000000,0\n");
    Path side = write("side.csv", "item,plays\n7,100\n");
    assertSideRejected(log, side, Optional.empty(), "declares no as-of");
    assertSideRejected(log, side, Optional.of("2022-04-26"), "covers labels");
    assertSideRejected(log, side, Optional.of("soon"), "not a day");
    DataSet joined = imported(withSide(log, side, Optional.of("2022-04-25")));
    assertThat(joined.rows(spark).first().<String>getAs("plays")).isEqualTo("100");
  }

  @Test
  void aFinishedImportIsSkippedUntilItsFileOrPlanChanges() throws IOException {
    Path log = write("log.csv", HEADER + "1,7,1000,0\n1,7,1000,0\n");
    ImportPlan plan = plan(log, new DuplicateRule.ExactRows());
    assertThat(run(plan).skipped()).isFalse();
    assertThat(run(plan).skipped()).isTrue();
    assertThat(run(plan(log, new DuplicateRule.KeepAll())).skipped()).isFalse();
    write("log.csv", HEADER + "1,7,1000,0\n");
    assertThat(run(plan(log, new DuplicateRule.KeepAll())).manifest().rows()).isEqualTo(1);
  }

  @Test
  void anOutputBelowAFileIsAnOutputConflict() throws IOException {
    Path log = write("log.csv", HEADER + "1,7,1000,0\n");
    Path file = write("file", "");
    LogImport stage =
        new LogImport(
            plan(log, new DuplicateRule.KeepAll()),
            new org.apache.hadoop.fs.Path(file.resolve("out").toUri()));
    assertThatThrownBy(() -> new StageRunner(spark, Progress.NONE).run(stage, false))
        .isInstanceOf(OutputConflictException.class)
        .hasMessageContaining("Cannot write to");
  }

  private void assertSideRejected(Path log, Path side, Optional<String> asOf, String message) {
    assertThatThrownBy(() -> run(withSide(log, side, asOf)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining(message);
  }

  private void assertRejected(Path log, String... parts) {
    assertThatThrownBy(() -> run(plan(log, new DuplicateRule.KeepAll())))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContainingAll(parts)
        .extracting(failure -> ((TaskweaveException) failure).exitCode())
        .isEqualTo(ExitCode.INPUT_REJECTED);
  }

  private ImportPlan withSide(Path log, Path side, Optional<String> asOf) {
    ImportPlan plain = plan(log, new DuplicateRule.KeepAll());
    SideTable table =
        new SideTable(
            side.toString(),
            TableFormat.csv(List.of(new TableColumn("item", TableColumn.Type.INT))),
            "item",
            List.of(),
            asOf);
    return new ImportPlan(
        plain.path(),
        plain.format(),
        plain.timeColumn(),
        plain.timeUnit(),
        plain.zone(),
        plain.dayColumn(),
        plain.dayPattern(),
        plain.duplicates(),
        List.of(table));
  }

  private static ImportPlan plan(Path log, DuplicateRule rule) {
    return new ImportPlan(
        log.toString(),
        TableFormat.csv(COLUMNS),
        "ms",
        ImportPlan.TimeUnit.MILLISECONDS,
        ZoneId.of("Asia/Shanghai"),
        Optional.empty(),
        "",
        rule,
        List.of());
  }

  private StageRunner.Outcome run(ImportPlan plan) {
    return new StageRunner(spark, Progress.NONE).run(new LogImport(plan, output()), false);
  }

  private DataSet imported(ImportPlan plan) {
    run(plan);
    return DataSet.open(output());
  }

  private org.apache.hadoop.fs.Path output() {
    return new org.apache.hadoop.fs.Path(folder.resolve("log").toUri());
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }
}
