package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.taskweave.pipeline.dataset.DataSet;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole pipeline on a small demo, and the commands that use its runs. */
class PipelineIT {
  private static final Pattern STEP =
      Pattern.compile("^(\\w+) +(done|up to date) ", Pattern.MULTILINE);
  private static final List<String> SMALL =
      List.of("--set", "training.max-epochs=1", "--set", "evaluate.bootstrap.replicates=20");

  @TempDir static Path folder;

  private static Path workspace;
  private static Result demo;

  private record Result(int code, String out, String err) {
    /** The steps that ran and those that were up to date, in their order. */
    List<String> steps(String state) {
      List<String> steps = new ArrayList<>();
      String beforeSummary = out.split("(?m)^run ", 2)[0];
      Matcher matcher = STEP.matcher(beforeSummary);
      while (matcher.find()) {
        if (matcher.group(2).equals(state)) {
          steps.add(matcher.group(1));
        }
      }
      return steps;
    }
  }

  @BeforeAll
  static void runTheDemo() {
    workspace = folder.resolve("demo");
    demo = execute(command("demo", "--impressions", "8000"));
  }

  private static List<String> command(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--workspace", workspace.toString()));
    all.addAll(SMALL);
    return all;
  }

  private static Result run(String... further) {
    List<String> arguments = command("run", "conf/demo.conf");
    arguments.addAll(List.of(further));
    return execute(arguments);
  }

  private static Result execute(List<String> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        TaskweaveCommand.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments.toArray(String[]::new));
    return new Result(code, out.toString(), err.toString());
  }

  private static String runFolder(String name) {
    return workspace.resolve("runs").resolve(name).toString();
  }

  @Test
  void theDemoLeavesARunAModelTheirComparisonsAndReports() throws IOException {
    assertThat(demo.code()).as(demo.out() + demo.err()).isZero();
    for (String model :
        List.of("single-task", "shared-bottom", "stem-net", "mmoe-adam", "mmoe-adatask")) {
      assertThat(Path.of(runFolder(model), "report.html")).isNotEmptyFile();
    }
    assertThat(Path.of(runFolder("stem-net"), "report.html"))
        .content()
        .contains(
            "Differences in AUC, test", "Mean gate weight by source, test", "AUC by κ and group")
        .contains("Co-occurrence of labels", "Missing and out-of-vocabulary values by field")
        .doesNotContain("run taskweave");
    JsonNode comparison =
        new ObjectMapper().readTree(Path.of(runFolder("stem-net"), "comparison.json").toFile());
    assertThat(comparison.path("first").asText()).isEqualTo("shared-bottom");
    assertThat(comparison.path("differences")).isNotEmpty();
    assertThat(demo.out()).contains("report in ").contains("all   ");
  }

  @Test
  void theDemoShowsDominanceAndWhatIsLearntOfWhenAndWhat() {
    // So few steps leave no time to measure Adam; AdaTask is measured at each step.
    assertThat(Path.of(runFolder("mmoe-adatask"), "report.html"))
        .content()
        .contains("At the end of epoch 1, click dominates ");
    Path tin = workspace.resolve("visits/runs/tin");
    assertThat(tin.resolve("report.html"))
        .content()
        .contains("Peaks and agreement of the maps", "in the data", "learnt, shared table");
    assertThat(demo.out())
        .contains("tin against tin-without-time", "mmoe-adatask against mmoe-adam");
  }

  @Test
  void gatesAndKappasAreMeasuredOnTheRowsOfTheMetrics() throws IOException {
    Map<String, Long> rows = new HashMap<>();
    Map<String, Double> aucs = new HashMap<>();
    for (JsonNode record : json("stem-net", "metrics.json")) {
      if (record.path("metric").asText().equals("auc")) {
        String group = record.path("split").asText() + " " + record.path("group").asText();
        rows.putIfAbsent(group, record.path("rows").asLong());
        aucs.put(group + " " + record.path("task").asText(), record.path("value").asDouble());
      }
    }
    Map<String, Double> masses = new HashMap<>();
    for (JsonNode gate : json("stem-net", "gates.json")) {
      String group = gate.path("split").asText() + " " + gate.path("group").asText();
      assertThat(gate.path("rows").asLong()).as(group).isEqualTo(rows.get(group));
      masses.merge(group + gate.path("task").asText(), gate.path("mean").asDouble(), Double::sum);
    }
    assertThat(masses).hasSizeGreaterThan(20);
    assertThat(masses.values()).allSatisfy(mass -> assertThat(mass).isCloseTo(1, within(1e-5)));
    assertThat(json("shared-bottom", "gates.json")).isEmpty();

    int compared = 0;
    for (JsonNode record : json("stem-net", "kappa-sweep.json")) {
      if (record.path("kappa").asDouble() == 1.5
          && record.path("group").asText().equals("comparable")
          && record.path("value").isNumber()) {
        String group = "test " + record.path("pair").asText() + ":comparable ";
        assertThat(record.path("value").asDouble())
            .isEqualTo(aucs.get(group + record.path("task").asText()));
        compared++;
      }
    }
    assertThat(compared).isPositive();
  }

  private static JsonNode json(String run, String file) throws IOException {
    return new ObjectMapper().readTree(Path.of(runFolder(run), file).toFile());
  }

  @Test
  void whatIsUpToDateIsSkipped() throws IOException {
    Result again = run();
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(again.steps("done")).isEmpty();
    assertThat(again.steps("up to date"))
        .contains(
            "import", "validate", "split", "features", "audit", "groups", "train", "evaluate");

    List<String> spelt = new ArrayList<>(List.of("conf/demo.conf", "--workspace"));
    spelt.add(Path.of("").toAbsolutePath().relativize(workspace.toRealPath()).toString());
    spelt.addAll(SMALL);
    spelt.addAll(List.of("--set", "import.path=" + workspace.resolve("raw/demo.csv")));
    Result otherwise = execute(joined("run", spelt));
    assertThat(otherwise.code()).as(otherwise.err()).isZero();
    assertThat(otherwise.steps("done")).isEmpty();
  }

  @Test
  void anotherKappaChangesGroupsAndMetricsButTrainsNothing() {
    Result changed = run("--set", "groups.kappa=2.5");
    assertThat(changed.code()).as(changed.err()).isZero();
    assertThat(changed.steps("done")).containsExactly("groups", "evaluate");
    assertThat(run().steps("done")).containsExactly("groups", "evaluate");
  }

  @Test
  void anotherLearningRateTrainsAndScoresAgain() {
    Result changed = run("--set", "training.optimizer.learning-rate=2e-3", "--run-name", "faster");
    assertThat(changed.code()).as(changed.err()).isZero();
    assertThat(changed.steps("done")).containsExactly("train", "score", "score", "evaluate");
  }

  @Test
  void rowsWithoutLabelsGetTheScoresThatTheirSplitGot() throws IOException {
    Path candidates = folder.resolve("candidates.csv");
    List<String> lines = Files.readAllLines(workspace.resolve("raw/demo.csv"));
    List<String> unlabelled = new ArrayList<>();
    for (String line : lines) {
      unlabelled.add(line.substring(0, nthLast(line, ',', 3)));
    }
    Files.write(candidates, unlabelled);
    Path scores = folder.resolve("scores");
    Result predicted =
        execute(
            List.of(
                "predict",
                runFolder("stem-net"),
                "--input",
                candidates.toString(),
                "--format",
                "csv",
                "--output",
                scores.toString()));
    assertThat(predicted.code()).as(predicted.err()).isZero();
    assertThat(execute(List.of("predict", runFolder("stem-net"), "--split", "train")).code())
        .isZero();
    List<Score> fromSplits = new ArrayList<>();
    for (String split : List.of("train", "valid", "test")) {
      fromSplits.addAll(scores(Path.of(runFolder("stem-net"), "predictions/split=" + split)));
    }
    fromSplits.sort(Score.ORDER);
    List<Score> fromTable = scores(scores);
    fromTable.sort(Score.ORDER);
    assertThat(fromTable).hasSize(8000).hasSameSizeAs(fromSplits);
    for (int i = 0; i < fromTable.size(); i++) {
      assertThat(fromTable.get(i).key()).isEqualTo(fromSplits.get(i).key());
      // Rows stand in other blocks, whose products add in another order at the edges.
      assertThat(fromTable.get(i).score()).isEqualTo(fromSplits.get(i).score(), within(1e-6f));
    }
  }

  @Test
  void anExperimentGoesOnAfterACellThatFailsAndFinishesItLater() throws IOException {
    List<String> experiment = new ArrayList<>(command("experiment", "conf/demo.conf"));
    for (String key :
        List.of(
            "experiment.models=[{ name = single-task, type = single-task }"
                + ", { name = shared, type = shared-bottom }]",
            "experiment.learning-rates=[1e-3]",
            "experiment.seeds=[1, 2]")) {
      experiment.addAll(List.of("--set", key));
    }
    Path blocked = Path.of(runFolder("shared-adam-lr0.001-seed1"));
    Files.writeString(blocked, "no folder");
    Result first = execute(experiment);
    assertThat(first.code()).as(first.out() + first.err()).isEqualTo(4);
    assertThat(first.err()).contains("cell shared-adam-lr0.001-seed1: Cannot write to ");
    assertThat(first.out()).contains("cell 4 of 4  shared-adam-lr0.001-seed2");
    assertThat(first.steps("done")).filteredOn("train"::equals).hasSize(3);
    JsonNode cells = experimentFile("experiment.json").path("cells");
    assertThat(cells.findValuesAsText("status"))
        .containsExactly("finished", "finished", "failed", "finished");

    // As a killed training leaves it: with checkpoints, but not finished.
    Files.delete(blocked);
    Path record = Path.of(runFolder("single-task-adam-lr0.001-seed2"), "run.json");
    Files.writeString(record, Files.readString(record).replace("\"finished\"", "\"running\""));
    Files.deleteIfExists(record.resolveSibling(".run.json.crc"));
    Result second = execute(experiment);
    assertThat(second.code()).as(second.out() + second.err()).isZero();
    assertThat(second.steps("done")).filteredOn("train"::equals).hasSize(2);
    assertThat(second.out().lines())
        .filteredOn(line -> line.startsWith("epoch 1 ") && line.contains(" rate "))
        .as("epochs trained: the killed cell had only its end to write")
        .hasSize(1);
    assertThat(second.out()).contains(" under shared with adam (");

    JsonNode transfer = experimentFile("transfer.json");
    JsonNode like = null;
    for (JsonNode one : transfer) {
      if (one.path("task").asText().equals("like") && one.path("group").asText().equals("all")) {
        like = one;
      }
    }
    double difference = 0;
    for (int seed = 1; seed <= 2; seed++) {
      difference += ownAuc("shared-adam-lr0.001-seed" + seed) / 2;
      difference -= ownAuc("single-task-adam-lr0.001-seed" + seed) / 2;
    }
    assertThat(like.path("at_own_epoch").path("value").asDouble())
        .isEqualTo(difference, within(1e-12));
    assertThat(experimentFile("conflicts.json").path("records")).isNotEmpty();
    assertThat(workspace.resolve("experiments/experiment/report.html"))
        .content()
        .contains("Does sharing hurt?", "Conflicting pairs by table");
  }

  @Test
  void anExperimentWhoseSparkStopsGoesOnInAnotherAndAsksForARetry() throws IOException {
    List<String> experiment = new ArrayList<>(command("experiment", "conf/demo.conf"));
    for (String key :
        List.of(
            "experiment.name=stopped",
            "experiment.models=[{ name = single-task, type = single-task }"
                + ", { name = shared, type = shared-bottom }]",
            "experiment.learning-rates=[1e-3]",
            "experiment.seeds=[3]",
            "spark.settings.spark.extraListeners=" + StoppingSpark.class.getName())) {
      experiment.addAll(List.of("--set", key));
    }
    StoppingSpark.once("taskweave train", 9);
    Result first = execute(experiment);
    assertStopped(first, "single-task-adam-lr0.001-seed3");
    assertThat(first.steps("done")).filteredOn("train"::equals).hasSize(1);
    assertThat(json("single-task-adam-lr0.001-seed3", "run.json").path("exit_code").asInt())
        .isEqualTo(75);

    StoppingSpark.once("taskweave evaluate", 5);
    Result second = execute(experiment);
    assertStopped(second, "single-task-adam-lr0.001-seed3");
    assertThat(second.steps("done")).contains("train");
    assertThat(second.steps("up to date")).contains("evaluate");

    Result third = execute(experiment);
    assertThat(third.code()).as(third.out() + third.err()).isZero();
  }

  private static void assertStopped(Result result, String cell) {
    assertThat(StoppingSpark.isDone()).isTrue();
    assertThat(result.code()).as(result.out() + result.err()).isEqualTo(75);
    assertThat(result.err())
        .contains("cell " + cell + ": Cannot go on: Spark has stopped (")
        .doesNotContain("\tat ", "internal error");
    assertThat(result.out()).contains("cell 2 of 2  ", "report in ");
  }

  private static JsonNode experimentFile(String name) throws IOException {
    return new ObjectMapper()
        .readTree(workspace.resolve("experiments/experiment").resolve(name).toFile());
  }

  private static double ownAuc(String run) throws IOException {
    for (JsonNode record : json(run, "metrics.json")) {
      if (record.path("metric").asText().equals("auc")
          && record.path("task").asText().equals("like")
          && record.path("split").asText().equals("test")
          && record.path("group").asText().equals("all")
          && record.path("checkpoint").asText().equals("own_epoch")) {
        return record.path("value").asDouble();
      }
    }
    throw new AssertionError("no AUC of its own epoch in " + run);
  }

  @Test
  void predictionsKeepTheirContractAndTheDataItsOwn() throws IOException {
    JsonNode contract =
        new YAMLMapper().readTree(Path.of("../../data-schemas/predictions.odcs.yaml").toFile());
    Configuration configuration = new Configuration();
    String split = runFolder("stem-net") + "/predictions/split=test";
    StructType schema =
        (StructType)
            DataType.fromJson(
                DataSet.open(new org.apache.hadoop.fs.Path(split), configuration)
                    .manifest()
                    .schema());
    List<String> promised = new ArrayList<>();
    for (JsonNode column : contract.path("schema").path(0).path("properties")) {
      String name = column.path("name").asText();
      promised.add(name);
      assertThat(schema.fieldNames()).contains(name);
      assertThat(schema.apply(name).dataType().sql())
          .as(name)
          .isEqualTo(DataType.fromDDL(column.path("physicalType").asText()).sql());
    }
    assertThat(schema.fieldNames())
        .allMatch(
            name ->
                promised.contains(name)
                    || name.startsWith("label_")
                    || name.startsWith("score_")
                    || name.startsWith("own_epoch_score_"));
    // The demo's log was held to its contract on the way, and its samples were audited.
    for (String checked : List.of("validation", "audit")) {
      assertThat(
              DataSet.open(
                      new org.apache.hadoop.fs.Path(workspace.resolve(checked).toString()),
                      configuration)
                  .manifest()
                  .summary()
                  .path("status")
                  .asText())
          .isIn("passed", "warned");
    }
    assertThat(workspace.resolve("validation.html")).isNotEmptyFile();
  }

  @Test
  void aRefusedLogIsDrawnAndStopsTheRun() {
    Result refused =
        run("--set", "features.fields=[{ name = user_id }, { name = seen, column = like }]");
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.err()).contains("Cannot accept the log: label like is among the features");
    assertThat(workspace.resolve("validation.html"))
        .content()
        .contains("The log is refused, with 1 finding.");
    assertThat(run().code()).isZero();
  }

  @Test
  void whatTheAuditRefusesIsNotTrainedOn() throws IOException {
    // A random split of a log in which every event stands twice puts twins on both sides.
    Path twice = folder.resolve("twice.csv");
    Path work = folder.resolve("twice");
    List<String> stages = List.of("import", "split", "features", "train");
    List<Integer> codes = new ArrayList<>();
    String errors = "";
    writeTwice(twice);
    Path unchecked =
        Files.writeString(folder.resolve("unchecked.conf"), "validate.contract = null");
    for (String stage : stages) {
      List<String> arguments =
          new ArrayList<>(List.of(stage, "conf/demo.conf", "--workspace", work.toString()));
      arguments.addAll(
          List.of(
              "--set",
              "import.path=" + twice,
              "--set",
              "import.duplicates.rule=keep",
              "--set",
              "split.rule=random",
              "--conf-file",
              unchecked.toString()));
      Result result = execute(arguments);
      codes.add(result.code());
      errors += result.err();
    }
    assertThat(codes).as(errors).containsExactly(0, 0, 3, 3);
    assertThat(errors).contains("Cannot accept the samples: ");
    assertThat(work.resolve("runs")).doesNotExist();
  }

  private static void writeTwice(Path target) throws IOException {
    List<String> lines = Files.readAllLines(workspace.resolve("raw/demo.csv"));
    List<String> twice = new ArrayList<>(lines);
    // A number that is no feature tells the copies apart, and sends them to other parts.
    lines.stream().skip(1).forEach(line -> twice.add("9" + line));
    Files.write(target, twice);
  }

  /** One score of one row; rows of the same key are in the order of their scores. */
  private record Score(String key, float score) {
    static final Comparator<Score> ORDER =
        Comparator.comparing(Score::key).thenComparing(Score::score);
  }

  private static int nthLast(String text, char wanted, int n) {
    int at = text.length();
    for (int i = 0; i < n; i++) {
      at = text.lastIndexOf(wanted, at - 1);
    }
    return at;
  }

  private static List<Score> scores(Path dataSet) {
    try (SparkSession spark = SparkSession.builder().master("local[2]").getOrCreate()) {
      return new ArrayList<>(
          DataSet.open(new org.apache.hadoop.fs.Path(dataSet.toString()), new Configuration())
              .rows(spark)
              .selectExpr("concat(user, ' ', item)", "score_like")
              .collectAsList()
              .stream()
              .map(row -> new Score(row.getString(0), row.getFloat(1)))
              .toList());
    }
  }

  @Test
  void whatWasMeasuredOfARunGoesWithItsWeightsAndItsSamples() throws IOException {
    Path copy = folder.resolve("copy");
    org.apache.hadoop.fs.Path source = new org.apache.hadoop.fs.Path(workspace.toString());
    FileSystem files = FileSystem.getLocal(new Configuration()).getRaw();
    FileUtil.copy(
        files,
        source,
        files,
        new org.apache.hadoop.fs.Path(copy.toString()),
        false,
        new Configuration());
    List<String> of = new ArrayList<>(List.of("conf/demo.conf", "--workspace", copy.toString()));
    of.addAll(SMALL);
    Result trained = execute(joined("train", of, "--resume", "--set", "training.max-epochs=2"));
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(copy.resolve("runs/stem-net/metrics.json")).doesNotExist();
    assertThat(copy.resolve("runs/stem-net/predictions")).doesNotExist();

    Result features = execute(joined("features", of, "--set", "features.minimum-count=40"));
    assertThat(features.code()).as(features.err()).isZero();
    String run = copy.resolve("runs/stem-net").toString();
    for (List<String> arguments :
        List.of(joined("evaluate", of), List.of("predict", run, "--split", "test"))) {
      Result refused = execute(arguments);
      assertThat(refused.code()).as(refused.out()).isEqualTo(3);
      assertThat(refused.err()).contains("made anew since it trained");
    }
  }

  private static List<String> joined(String command, List<String> first, String... then) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(first);
    all.addAll(List.of(then));
    return all;
  }

  @Test
  void aRunThatAnotherProcessTrainsIsLeftAlone() throws IOException {
    Path run = Path.of(runFolder("shared-bottom"));
    String before = Files.readString(run.resolve("run.json"));
    try (RunClaim other =
        new RunClaim(new org.apache.hadoop.fs.Path(run.toString()), new Configuration())) {
      Result refused =
          execute(command("train", "conf/demo.conf", "--force", "--run-name", "shared-bottom"));
      assertThat(refused.code()).as(refused.err()).isEqualTo(4);
      assertThat(refused.err()).contains("another process holds it");
      assertThat(other.holds()).isTrue();
    }
    assertThat(run.resolve("run.json")).hasContent(before);
    assertThat(run.resolve("best/weights.safetensors")).exists();
  }

  @Test
  void commandsThatNeedAFinishedRunSayWhatIsWrong() throws IOException {
    Result absent = execute(List.of("predict", runFolder("absent"), "--split", "test"));
    assertThat(absent.code()).isEqualTo(3);
    assertThat(absent.err()).startsWith("Cannot use the run: none lies there (");
    Result file = execute(List.of("analyze", "learnt", "../../conf/demo.conf"));
    assertThat(file.code()).isEqualTo(3);
    assertThat(file.err()).contains("none lies there (../../conf/demo.conf), name a folder");
    Path unfinished = Files.createDirectories(Path.of(runFolder("unfinished")));
    Files.writeString(unfinished.resolve("run.json"), "{\"status\": \"running\"}");
    for (List<String> arguments :
        List.of(
            List.of("analyze", "learnt", unfinished.toString()),
            command("evaluate", "conf/demo.conf", "--run-name", "unfinished"))) {
      Result early = execute(arguments);
      assertThat(early.code()).as(early.out()).isEqualTo(3);
      assertThat(early.err()).contains("its training has not finished");
    }
    assertThat(execute(command("report", "conf/demo.conf", "--run-name", "nobody")).code())
        .isEqualTo(3);
    assertThat(Path.of(runFolder("nobody"))).doesNotExist();
    Result split = execute(List.of("predict", runFolder("stem-net"), "--split", "tset"));
    assertThat(split.code()).isEqualTo(2);
    assertThat(split.err()).contains("no such split (tset)");
    Result input =
        execute(
            List.of(
                "predict",
                runFolder("stem-net"),
                "--input",
                folder.resolve("nothing").toString(),
                "--output",
                folder.resolve("nowhere").toString()));
    assertThat(input.code()).isEqualTo(3);
    assertThat(folder.resolve("nowhere/manifest.json")).doesNotExist();
    assertThat(execute(List.of("compare", runFolder("absent"), runFolder("stem-net"))).code())
        .isEqualTo(3);
  }
}
