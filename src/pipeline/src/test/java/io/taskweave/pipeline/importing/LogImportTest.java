package io.taskweave.pipeline.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.TinyPipeline;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.StageRunner;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogImportTest {
  /** Before the tiny log's days. */
  private static final String BEFORE = "2023-12-31";

  @TempDir Path folder;
  private TinyPipeline pipeline;

  @BeforeEach
  void makeATinyLog() {
    pipeline = new TinyPipeline(folder);
  }

  @Test
  void exactDuplicatesLeaveOneRowAlsoWhereCellsAreNull() {
    rows("1,7,1704067200000,,1,0", "1,7,1704067200000,,1,0", "1,7,1704067200000,1,,0");
    pipeline.duplicates = new DuplicateRule.ExactRows();
    Manifest manifest = pipeline.runImport();
    assertThat(manifest.rows()).isEqualTo(2);
    assertThat(manifest.summary().get("rows_read").asLong()).isEqualTo(3);
    assertThat(manifest.summary().get("exact_duplicates_removed").asLong()).isEqualTo(1);
    pipeline.duplicates = new DuplicateRule.KeepAll();
    assertThat(pipeline.runImport().rows()).isEqualTo(3);
  }

  @Test
  void ofRowsWithOneKeyTheStatedOneSurvives() {
    rows(
        "1,7,1704067200000,5,0,0",
        "1,7,1704067200000,5,0,0",
        "1,7,1704067201000,9,1,0",
        "1,7,1704067202000,,0,1",
        "2,7,1704067200000,1,1,1");
    assertThat(survivor(DuplicateRule.Survivor.FIRST_TIME, "")).isEqualTo(1704067200000L);
    assertThat(survivor(DuplicateRule.Survivor.LAST_TIME, "")).isEqualTo(1704067202000L);
    // A null is neither the greatest nor the least.
    assertThat(survivor(DuplicateRule.Survivor.MAXIMUM, "price")).isEqualTo(1704067201000L);
    assertThat(survivor(DuplicateRule.Survivor.MINIMUM, "price")).isEqualTo(1704067200000L);
    Manifest manifest = pipeline.runImport();
    assertThat(manifest.rows()).isEqualTo(2);
    assertThat(manifest.summary().get("exact_duplicates_removed").asLong()).isEqualTo(1);
    assertThat(manifest.summary().get("key_duplicates_removed").asLong()).isEqualTo(2);
  }

  @Test
  void aTextDoesNotDecideWhichOfRowsWithOneKeySurvives() {
    pipeline.format =
        TableFormat.csv(
            pipeline.format.columns().stream()
                .filter(column -> !column.name().equals("price"))
                .toList());
    pipeline.duplicates =
        new DuplicateRule.ByKey(List.of("user"), DuplicateRule.Survivor.MAXIMUM, "price");
    assertThatThrownBy(pipeline::runImport)
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("the greatest price survives, but that column is text");
  }

  @Test
  void aTieGoesToTheLowerSampleIdWhateverTheOrderOfRows() {
    pipeline.duplicates =
        new DuplicateRule.ByKey(List.of("user"), DuplicateRule.Survivor.FIRST_TIME, "");
    rows("1,7,1704067200000,1,0,0", "1,8,1704067200000,1,0,0");
    Row first = pipeline.imported().first();
    rows("1,8,1704067200000,1,0,0", "1,7,1704067200000,1,0,0");
    assertThat(pipeline.imported().first()).isEqualTo(first);
    pipeline.duplicates = new DuplicateRule.KeepAll();
    assertThat(pipeline.imported().selectExpr("min(sample_id)").first().getLong(0))
        .isEqualTo(first.<Long>getAs("sample_id"));
  }

  @Test
  void theZoneDecidesTheDayUnlessAColumnDoes() {
    // 17:00 in London is 01:00 of the next day in Shanghai.
    pipeline.write("raw.csv", TinyPipeline.HEADER + "1,20240102,1704042000000,1,1,0\n");
    assertThat(pipeline.runImport().rowsByPartition()).containsOnlyKeys("2023-12-31");
    assertThat(run(plan(List.of(), "Asia/Shanghai")).rowsByPartition())
        .containsOnlyKeys("2024-01-01");
    pipeline.dayColumn = Optional.of("item");
    assertThat(pipeline.runImport().rowsByPartition()).containsOnlyKeys("2024-01-02");
  }

  @Test
  void separatorsHeadersQuotesAndCompressionReadAlike() throws IOException {
    Dataset<Row> published = pipeline.imported();
    List<Row> expected = published.orderBy("sample_id").collectAsList();
    Dataset<Row> csv = LocalSpark.session().createDataFrame(expected, published.schema());
    String tabs = TinyPipeline.ROWS.replace(',', '\t');
    pipeline.log = pipeline.write("log.tsv", tabs);
    pipeline.format = new TableFormat(TableFormat.Kind.CSV, "\t", false, pipeline.format.columns());
    assertThat(pipeline.imported().orderBy("sample_id").collectAsList()).isEqualTo(expected);

    pipeline.format = TableFormat.csv(pipeline.format.columns());
    String quoted =
        TinyPipeline.ROWS
            .lines()
            .map(line -> "\"" + line.replace(",", "\" , \"") + "\"\n")
            .collect(Collectors.joining());
    pipeline.log = folder.resolve("log with späces.csv.gz");
    try (OutputStream stream = new GZIPOutputStream(Files.newOutputStream(pipeline.log))) {
      stream.write((TinyPipeline.HEADER + quoted).getBytes(StandardCharsets.UTF_8));
    }
    assertThat(pipeline.imported().orderBy("sample_id").collectAsList()).isEqualTo(expected);

    pipeline.log = pipeline.write("bom.csv", "\uFEFF" + TinyPipeline.HEADER + TinyPipeline.ROWS);
    assertThat(pipeline.imported().orderBy("sample_id").collectAsList()).isEqualTo(expected);

    pipeline.log = folder.resolve("log.parquet");
    csv.drop("sample_id", "dt", "time").write().parquet(pipeline.log.toString());
    pipeline.format = TableFormat.parquet();
    assertThat(
            pipeline
                .imported()
                .select("user", "item", "ms", "price", "click", "like")
                .orderBy("ms")
                .collectAsList())
        .isEqualTo(
            csv.select("user", "item", "ms", "price", "click", "like")
                .orderBy("ms")
                .collectAsList());
  }

  @Test
  void aLogThatLostAFileOrAPartOfItIsRefusedByItsReaders() throws IOException {
    Manifest manifest = pipeline.runImport();
    DataSet log = DataSet.open(new org.apache.hadoop.fs.Path(pipeline.logOutput.toString()));
    Path file = pipeline.logOutput.resolve(manifest.files().get(0).path());
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertIncomplete(log, manifest.files().get(0).path());
    Files.delete(file);
    assertIncomplete(log, manifest.files().get(0).path());
  }

  private static void assertIncomplete(DataSet log, String file) {
    assertThatThrownBy(() -> log.rows(LocalSpark.session()))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContainingAll(file + " is missing or has another length", "--force");
  }

  @Test
  void aParquetColumnOfAnotherTypeIsRefused() {
    LocalSpark.session()
        .sql("select 1 as user, timestamp'2024-01-01 00:00:00' as ms, 1 as click")
        .write()
        .parquet(folder.resolve("log.parquet").toString());
    pipeline.log = folder.resolve("log.parquet");
    pipeline.format = TableFormat.parquet();
    assertThatThrownBy(pipeline::runImport)
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("event time ms is timestamp, not a whole number of milliseconds");
    pipeline.format =
        new TableFormat(
            TableFormat.Kind.PARQUET,
            ",",
            false,
            List.of(new TableColumn("click", TableColumn.Type.LONG)));
    assertThatThrownBy(pipeline::runImport)
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("column click is int, not bigint");
  }

  @Test
  void sideTablesNeedAnAsOfBeforeTheLabels() {
    pipeline.write("side.csv", "item,plays\n7,100\n,3\n,4\n");
    assertSideRefused(Optional.empty(), "declares no as-of");
    assertSideRefused(Optional.of("2024-01-01"), "covers labels");
    assertSideRefused(Optional.of("soon"), "not a day");
    assertSideRefused(Optional.of("2024-01-01T00:00:01Z"), "covers labels");
    run(plan(List.of(side(Optional.of("2024-01-01T00:00:00Z"))), "UTC"));
    run(plan(List.of(side(Optional.of(BEFORE))), "UTC"));
    Dataset<Row> joined =
        DataSet.open(new org.apache.hadoop.fs.Path(pipeline.logOutput.toString()))
            .rows(LocalSpark.session());
    assertThat(joined.where("item = 7 and plays = '100'").count()).isEqualTo(4);
    assertThat(joined.where("item <> 7 and plays is null").count()).isEqualTo(2);
  }

  @Test
  void countsOfTheWholePeriodAreNotStatic() {
    pipeline.write("side.csv", "item,plays\n7,100\n");
    run(plan(List.of(side(Optional.of(AsOf.STATIC))), "UTC"));
    pipeline.write("video_features_statistic_pure.csv", "item,plays\n7,100\n");
    SideTable counts = side("video_features_statistic_pure.csv", Optional.of(AsOf.STATIC));
    assertThatThrownBy(() -> run(plan(List.of(counts), "UTC")))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("counts what users did in the whole period of the log");
    run(plan(List.of(side("video_features_statistic_pure.csv", Optional.of(BEFORE))), "UTC"));
  }

  @Test
  void aSideTableThatWouldMultiplyOrHideColumnsIsRefused() {
    pipeline.write("side.csv", "item,plays\n7,100\n7,200\n");
    assertSideRefused(Optional.of(BEFORE), "key item is not unique (7)");
    pipeline.write("side.csv", "item,price\n7,100\n");
    assertSideRefused(Optional.of(BEFORE), "the log has a column price already");
    pipeline.write("side.csv", "video,plays\n7,100\n");
    assertSideRefused(Optional.of(BEFORE), "no column item");
    pipeline.write("side.csv", "item,plays\nx,100\n");
    assertSideRefused(Optional.of(BEFORE), "column item is not int (x)");
  }

  private void rows(String... rows) {
    pipeline.write("raw.csv", TinyPipeline.HEADER + String.join("\n", rows) + "\n");
  }

  private long survivor(DuplicateRule.Survivor survivor, String column) {
    pipeline.duplicates = new DuplicateRule.ByKey(List.of("user", "item"), survivor, column);
    return pipeline.imported().where("user = 1").first().<Long>getAs("time");
  }

  private void assertSideRefused(Optional<String> asOf, String message) {
    assertThatThrownBy(() -> run(plan(List.of(side(asOf)), "UTC")))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining(message);
  }

  private SideTable side(Optional<String> asOf) {
    return side("side.csv", asOf);
  }

  private SideTable side(String file, Optional<String> asOf) {
    return new SideTable(
        folder.resolve(file).toString(),
        TableFormat.csv(List.of(new TableColumn("item", TableColumn.Type.INT))),
        "item",
        List.of(),
        asOf);
  }

  private ImportPlan plan(List<SideTable> sides, String zone) {
    return new ImportPlan(
        pipeline.log.toString(),
        pipeline.format,
        "ms",
        ImportPlan.TimeUnit.MILLISECONDS,
        ZoneId.of(zone),
        Optional.empty(),
        "",
        new DuplicateRule.KeepAll(),
        sides);
  }

  private Manifest run(ImportPlan plan) {
    return new StageRunner(LocalSpark.session(), Progress.NONE)
        .run(
            new LogImport(plan, new org.apache.hadoop.fs.Path(pipeline.logOutput.toString())), true)
        .manifest();
  }
}
