package io.taskweave.pipeline.history;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.ExitCode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.TaskweaveException;
import io.taskweave.core.progress.Progress;
import io.taskweave.core.sample.EventBuffer;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.feature.FeaturePlan;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.feature.TaskPlan;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import io.taskweave.pipeline.history.HistoryPlan.Table;
import io.taskweave.pipeline.importing.DuplicateRule;
import io.taskweave.pipeline.importing.ImportPlan;
import io.taskweave.pipeline.importing.LogImport;
import io.taskweave.pipeline.importing.TableColumn;
import io.taskweave.pipeline.importing.TableFormat;
import io.taskweave.pipeline.split.SplitRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RuntimeConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryStageTest {
  private static final long START = 1_704_067_200_000L;
  private static final long DAY = 86_400_000;

  private static final String LOG =
      """
      1,7,10,5,1,0
      1,8,20,3,0,1
      1,9,,2,1,1
      1,7,10,9,1,%d
      2,8,20,1,1,1
      2,9,10,4,1,2
      1,8,20,6,0,%d
      """
          .formatted(DAY, 2 * DAY + 5);

  @TempDir Path folder;

  @Test
  void eventsLieOnceByUserAndDayInTheOrderOfTimeAndTheDeclaredKey() {
    log(LOG);
    assertThat(events(run(plan(item(), kind(), optionalCategory())))).isEqualTo(7);
    FeatureEncoder encoder = FeatureEncoder.open(path("samples"));
    List<Row> rows = history("1");
    assertThat(rows.stream().map(row -> row.<String>getAs("dt")))
        .containsExactly("2024-01-01", "2024-01-02", "2024-01-03");
    Row first = rows.get(0);
    assertThat(first.<Long>getList(first.fieldIndex("times")))
        .containsExactly(START, START + 1, START + 1);
    // Items 7, 9, 8: the key orders 9 before 8; then kinds, then categories, one missing.
    int item7 = itemId("7");
    int item8 = itemId("8");
    int item9 = itemId("9");
    assertThat(first.<Integer>getList(first.fieldIndex("ids")).subList(0, 6))
        .containsExactly(item7, item9, item8, 2, 2, 2);
    assertThat(first.<Integer>getList(first.fieldIndex("ids")).subList(6, 9)).contains(0);
    assertThat(first.<Integer>getAs("stream"))
        .isEqualTo(
            FeatureStage.samples(LocalSpark.session(), path("samples"))
                .where("user = '1'")
                .first()
                .<Integer>getAs("stream"));
    SampleLayout layout = HistoryLayout.of(encoder, plan(item(), kind(), optionalCategory()));
    assertThat(layout.sequences().get(0).attributes().get(0).target()).isEqualTo("item");
    assertThat(layout.sequences().get(0).attributes().get(1).tableRows()).isEqualTo(3);
  }

  @Test
  void unsortedAndRepeatedEventsGiveTheSameHistory() {
    log(LOG);
    String sorted = run(plan(item())).contentHash();
    List<String> lines = new ArrayList<>(LOG.lines().toList());
    java.util.Collections.reverse(lines);
    lines.add(lines.get(0));
    lines.add(lines.get(3));
    log(String.join("\n", lines) + "\n");
    Manifest repeated = run(plan(item()));
    assertThat(repeated.contentHash()).isEqualTo(sorted);
    assertThat(events(repeated)).isEqualTo(7);
  }

  private static long events(Manifest history) {
    return history.summary().path("sequences").path("clicks").path("events").asLong();
  }

  @Test
  void aUsersDayWithVeryManyEventsIsCutByHour() {
    int events = 30_000;
    StringBuilder rows = new StringBuilder(LOG);
    for (int i = 0; i < events; i++) {
      rows.append("5,7,10,").append(i).append(",1,").append(2800 * i).append('\n');
    }
    log(rows.toString());
    JsonNode read = runInPartitions(plan(item())).summary().get("sources").get("clicks/log");
    assertThat(read.get("events").asLong()).isEqualTo(events + 7);
    List<Row> heavy = history("5");
    assertThat(heavy).hasSize(24);
    List<Long> times = new ArrayList<>();
    heavy.forEach(row -> times.addAll(row.getList(row.fieldIndex("times"))));
    assertThat(times).hasSize(events).isSorted();
    assertThat(heavy.get(1).<Long>getAs("chunk")).isEqualTo(START + 3_600_800);
    assertThat(history("1")).hasSize(3);
  }

  @Test
  void aSourceOfItsOwnKindJoinsTheSameSequence() {
    log(LOG);
    write("likes.csv", "who,item,at\n1,9,1704153500\n2,77,1704067100\n");
    Table likes =
        new Table(
            folder.resolve("likes.csv").toString(),
            TableFormat.csv(List.of(new TableColumn("at", TableColumn.Type.LONG))),
            "at",
            ImportPlan.TimeUnit.SECONDS);
    SourcePlan second = new SourcePlan("like", Optional.of(likes), "who", "", "", "");
    SourcePlan clicks = new SourcePlan("click", Optional.empty(), "user", "click", "", "");
    run(
        new HistoryPlan(
            List.of(
                sequence(
                    SequenceOrder.TIME, Duration.ZERO, List.of(item(), kind()), clicks, second))));
    List<Row> rows = history("1");
    assertThat(
            rows.stream().mapToInt(row -> row.<Long>getList(row.fieldIndex("times")).size()).sum())
        .isEqualTo(4);
    Row likeDay = rows.get(0);
    assertThat(likeDay.<Integer>getList(likeDay.fieldIndex("ids")))
        .containsExactly(itemId("7"), itemId("9"), itemId("9"), 2, 2, 3);
    // An item that the samples do not know.
    Row other = history("2").get(0);
    assertThat(other.<Integer>getList(other.fieldIndex("ids"))).startsWith(1);
  }

  @Test
  void aRowThatTwoSourcesReadIsAnEventOfEachKind() {
    log(LOG);
    HistoryPlan both =
        new HistoryPlan(
            List.of(
                sequence(
                    SequenceOrder.TIME,
                    Duration.ZERO,
                    List.of(item(), kind()),
                    new SourcePlan("click", Optional.empty(), "user", "click", "", ""),
                    new SourcePlan("seen", Optional.empty(), "user", "", "", ""))));
    long clicks = LOG.lines().filter(line -> line.split(",", -1)[4].equals("1")).count();
    assertThat(events(run(both))).isEqualTo(7 + clicks);
    assertThat(audit(both).summary().get("differing").asLong()).isZero();
  }

  @Test
  void aNewDayLeavesTheOthersAlone() {
    log(LOG);
    run(plan(item()));
    HistoryPlan day = new HistoryPlan(plan(item()).sequences(), List.of("2024-01-02"));
    Manifest before = Manifest.find(path("history"), DataSet.activeConfiguration()).orElseThrow();
    Manifest after = run(day);
    assertThat(after.contentHash()).isEqualTo(before.contentHash());
    assertThat(after.files())
        .containsAll(
            before.files().stream()
                .filter(file -> !file.partition().equals("2024-01-02"))
                .toList());
    assertThat(after.files()).isNotEqualTo(before.files());
  }

  @Test
  void theAuditFindsTheHistoriesThatTheLogHas() {
    log(LOG);
    HistoryPlan plan =
        new HistoryPlan(
            List.of(
                sequence(
                    SequenceOrder.TIME,
                    Duration.ofMillis(1),
                    List.of(item()),
                    SourcePlan.log("user"))));
    run(plan);
    JsonNode summary = audit(plan).summary();
    assertThat(summary.get("checked").asLong()).isEqualTo(7);
    assertThat(summary.get("events").asLong()).isEqualTo(7);
    assertThat(summary.get("differing").asLong()).isZero();
  }

  @Test
  void theAuditRefusesAHistoryThatHoldsOtherEvents() {
    log(LOG);
    run(plan(item()));
    HistoryPlan later =
        new HistoryPlan(
            List.of(
                sequence(
                    SequenceOrder.TIME,
                    Duration.ZERO,
                    List.of(item()),
                    new SourcePlan("log", Optional.empty(), "user", "click", "", ""))));
    assertThatThrownBy(() -> audit(later))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageStartingWith("Cannot accept the histories: ")
        .hasMessageContaining("see others than the log has before them");
  }

  @Test
  void eventsWithoutTimeAreOrderedByPositionAndLieBeforeEverySample() {
    log(LOG);
    write("old.csv", "user,item,pos\n1,9,3\n1,7,1\n1,8,2\n");
    SourcePlan old = new SourcePlan("old", Optional.of(positions()), "user", "", "", "pos");
    SequencePlan sequence =
        new SequencePlan(
            "clicks",
            SequenceOrder.POSITION,
            Duration.ZERO,
            2,
            Optional.of(Instant.ofEpochMilli(START)),
            List.of(item()),
            List.of(old));
    HistoryPlan plan = new HistoryPlan(List.of(sequence));
    run(plan);
    Row row = history("1").get(0);
    assertThat(row.isNullAt(row.fieldIndex("times"))).isTrue();
    assertThat(row.<Integer>getList(row.fieldIndex("ids")))
        .containsExactly(itemId("7"), itemId("8"), itemId("9"));
    assertThat(audit(plan).summary().get("differing").asLong()).isZero();
    EventBuffer events =
        new EventBuffer(
            HistoryLayout.of(FeatureEncoder.open(path("samples")), plan).sequences().get(0));
    events.add(
        0,
        null,
        row.<Integer>getList(row.fieldIndex("ids")).stream().mapToInt(Integer::intValue).toArray());
    assertThat(events.endFor(0, START)).isEqualTo(3);
    assertThat(events.startFor(0, 3)).isEqualTo(1);

    SequencePlan late =
        new SequencePlan(
            "clicks",
            SequenceOrder.POSITION,
            Duration.ZERO,
            2,
            Optional.of(Instant.ofEpochMilli(START + 1)),
            List.of(item()),
            List.of(old));
    refused(
        () -> run(new HistoryPlan(List.of(late))),
        ExitCode.INPUT_REJECTED,
        "the first sample is of");
  }

  @Test
  void badEventsAreRefusedInWords() {
    log(LOG);
    write("other.csv", "user,item,at,text\n1,9,1704067200,a\n");
    Table untimed = new Table(other(), TableFormat.csv(typed()), "", ImportPlan.TimeUnit.SECONDS);
    refused(() -> run(of(untimed)), ExitCode.INPUT_REJECTED, "its events have no time");
    Table absent =
        new Table(other(), TableFormat.csv(typed()), "when", ImportPlan.TimeUnit.SECONDS);
    refused(() -> run(of(absent)), ExitCode.INPUT_REJECTED, "it has no column for the time (when)");
    Table text = new Table(other(), TableFormat.csv(typed()), "text", ImportPlan.TimeUnit.SECONDS);
    refused(
        () -> run(of(text)), ExitCode.INPUT_REJECTED, "the time is no whole number (column text");
    Table seconds =
        new Table(other(), TableFormat.csv(typed()), "at", ImportPlan.TimeUnit.MILLISECONDS);
    refused(
        () -> run(of(seconds)),
        ExitCode.INPUT_REJECTED,
        "1 of 1 events have a time that looks like seconds, not milliseconds");
    write("other.csv", "user,item,at,text\n1,9,,a\n1,9,1704067200,a\n");
    Table timed = new Table(other(), TableFormat.csv(typed()), "at", ImportPlan.TimeUnit.SECONDS);
    refused(() -> run(of(timed)), ExitCode.INPUT_REJECTED, "1 of 2 events have no time");
    write("other.csv", "user,item,at,text\n1,9,1804067200,a\n");
    refused(
        () -> run(of(timed)),
        ExitCode.INPUT_REJECTED,
        "1 of 1 events have a time more than a day after");
    write("other.csv", "user,item,at,text\n,9,1704067200,a\n");
    refused(() -> run(of(timed)), ExitCode.INPUT_REJECTED, "1 of 1 events have no user");
    write("other.csv", "user,item,at,text\n");
    refused(() -> run(of(timed)), ExitCode.INPUT_REJECTED, "it holds no events");
    refused(
        () ->
            run(
                plan(
                    new AttributePlan(
                        "category", "category", "category", List.of(), List.of(), true))),
        ExitCode.INPUT_REJECTED,
        "1 of 7 events have no category (column category)");
    refused(
        () -> run(plan(AttributePlan.ofField("item", "item", "thing"))),
        ExitCode.CONFIGURATION,
        "do not have as a categorical one (thing)");
    assertThatThrownBy(
            () ->
                sequence(
                    SequenceOrder.TIME,
                    Duration.ofSeconds(-1),
                    List.of(item()),
                    SourcePlan.log("user")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the delay must not be negative (PT-1S)");
  }

  private String other() {
    return folder.resolve("other.csv").toString();
  }

  private static HistoryPlan of(Table table) {
    return new HistoryPlan(
        List.of(
            sequence(
                SequenceOrder.TIME,
                Duration.ZERO,
                List.of(item()),
                new SourcePlan("other", Optional.of(table), "user", "", "", ""))));
  }

  private static List<TableColumn> typed() {
    return List.of(new TableColumn("at", TableColumn.Type.LONG));
  }

  private Table positions() {
    return new Table(
        folder.resolve("old.csv").toString(),
        TableFormat.csv(List.of(new TableColumn("pos", TableColumn.Type.INT))),
        "",
        ImportPlan.TimeUnit.MILLISECONDS);
  }

  private static void refused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable work, ExitCode code, String message) {
    assertThatThrownBy(work)
        .isInstanceOf(TaskweaveException.class)
        .hasMessageStartingWith("Cannot ")
        .hasMessageContaining(message)
        .extracting(failure -> ((TaskweaveException) failure).exitCode())
        .isEqualTo(code);
  }

  private static AttributePlan item() {
    return AttributePlan.ofField("item", "item", "item");
  }

  private static AttributePlan kind() {
    return new AttributePlan("kind", SourcePlan.KIND_COLUMN, "", List.of(), List.of(), true);
  }

  private static AttributePlan optionalCategory() {
    return new AttributePlan("category", "category", "category", List.of(), List.of(), false);
  }

  private static HistoryPlan plan(AttributePlan... attributes) {
    return new HistoryPlan(
        List.of(
            sequence(
                SequenceOrder.TIME,
                Duration.ZERO,
                List.of(attributes),
                new SourcePlan("log", Optional.empty(), "user", "", "key", ""))));
  }

  private static SequencePlan sequence(
      SequenceOrder order, Duration delay, List<AttributePlan> attributes, SourcePlan... sources) {
    return new SequencePlan(
        "clicks", order, delay, 20, Optional.empty(), attributes, List.of(sources));
  }

  private int itemId(String token) {
    return FeatureStage.samples(LocalSpark.session(), path("samples"))
        .where(col("item").equalTo(token))
        .first()
        .<Integer>getAs("feature_item");
  }

  private List<Row> history(String user) {
    return DataSet.open(path("history"))
        .rows(LocalSpark.session())
        .where(col("user").equalTo(user))
        .orderBy("dt", "chunk")
        .collectAsList();
  }

  /** Publishes log and samples of rows user, item, category, key, click, milliseconds. */
  private void log(String rows) {
    StringBuilder text = new StringBuilder("user,item,category,key,click,ms\n");
    for (String row : rows.lines().toList()) {
      int comma = row.lastIndexOf(',');
      text.append(row, 0, comma + 1)
          .append(START + Long.parseLong(row.substring(comma + 1)))
          .append('\n');
    }
    write("raw.csv", text.toString());
    TableColumn.Type whole = TableColumn.Type.INT;
    ImportPlan plan =
        new ImportPlan(
            folder.resolve("raw.csv").toString(),
            TableFormat.csv(
                List.of(
                    new TableColumn("user", whole),
                    new TableColumn("item", whole),
                    new TableColumn("category", whole),
                    new TableColumn("key", whole),
                    new TableColumn("click", whole),
                    new TableColumn("ms", TableColumn.Type.LONG))),
            "ms",
            ImportPlan.TimeUnit.MILLISECONDS,
            ZoneOffset.UTC,
            Optional.empty(),
            "",
            new DuplicateRule.KeepAll(),
            List.of());
    run(new LogImport(plan, path("log")));
    run(
        new FeatureStage(
            FeaturePlan.of(
                "user",
                "item",
                List.of(
                    FieldPlan.categorical("item").build(),
                    FieldPlan.categorical("category").build()),
                List.of(new TaskPlan("click", "click")),
                new SplitRule.ByDate("dt", "2024-01-02", "2024-01-03")),
            path("log"),
            path("samples")));
  }

  private Manifest run(HistoryPlan plan) {
    return run(
        new HistoryStage(plan, path("log"), Optional.empty(), path("samples"), path("history")));
  }

  private Manifest audit(HistoryPlan plan) {
    return run(
        new HistoryAudit(
            plan,
            100,
            1,
            path("log"),
            Optional.empty(),
            path("samples"),
            path("history"),
            path("history-audit")));
  }

  /** As on a large log, where Spark does not put what it has counted into one partition. */
  private Manifest runInPartitions(HistoryPlan plan) {
    RuntimeConfig configuration = LocalSpark.session().conf();
    configuration.set("spark.sql.adaptive.enabled", false);
    try {
      return run(plan);
    } finally {
      configuration.unset("spark.sql.adaptive.enabled");
    }
  }

  private static Manifest run(Stage stage) {
    return new StageRunner(LocalSpark.session(), Progress.NONE).run(stage, true).manifest();
  }

  private void write(String name, String text) {
    try {
      Files.writeString(folder.resolve(name), text);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toString());
  }
}
