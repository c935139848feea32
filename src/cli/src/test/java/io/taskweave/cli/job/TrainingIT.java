package io.taskweave.cli.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.taskweave.cli.command.TaskweaveCommand;
import io.taskweave.cli.demo.SyntheticLog;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The train command where things go wrong. */
class TrainingIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int EPOCHS = 4;

  @TempDir private static Path folder;

  @BeforeAll
  static void makeSamples() throws Exception {
    new SyntheticLog(4000, 7).writeCsv(folder.resolve("raw").resolve("demo.csv"));
    Files.writeString(
        folder.resolve("small.conf"),
        """
        validate.contract = null
        training { batch-size = 256, max-epochs = %d, patience = 100 }
        spark { master = "local[2]", shuffle-partitions = 2 }
        """
            .formatted(EPOCHS));
    for (String stage : List.of("import", "split", "features")) {
      assertThat(execute(stage, "any")).isZero();
    }
  }

  @Test
  void aTrainingKilledWithinAnEpochResumesToTheSameBits() throws Exception {
    String[] settings = {
      "--set",
      "training.row-updates=catch-up",
      "--set",
      "training.table-l2.kind=touched",
      "--set",
      "training.checkpoint-steps=3"
    };
    String whole = "whole";
    String killed = "killed";
    assertThat(execute("train", whole, settings)).isZero();

    List<String> arguments = arguments("train", killed);
    arguments.addAll(List.of(settings));
    Process process = process(arguments, List.of());
    Path checkpoints = run(killed).resolve("checkpoints");
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (completeIn(checkpoints).isEmpty() && process.isAlive() && System.nanoTime() < end) {
      process.waitFor(5, TimeUnit.MILLISECONDS);
    }
    process.destroyForcibly().waitFor();
    assertThat(completeIn(checkpoints)).isNotEmpty();
    assertThat(record(killed).path("status").asText()).isEqualTo("running");

    assertThat(execute("train", killed, with("--resume", settings))).isZero();
    List<Path> last = completeIn(checkpoints);
    assertThat(last).isEqualTo(completeIn(run(whole).resolve("checkpoints")));
    for (String file :
        List.of(
            "best/weights.safetensors",
            "best/task-click.safetensors",
            "checkpoints/" + last.get(last.size() - 1) + "/shard-0.safetensors")) {
      assertThat(Files.mismatch(run(killed).resolve(file), run(whole).resolve(file)))
          .as(file)
          .isEqualTo(-1);
    }
    assertThat(record(killed).path("best_by_task")).isEqualTo(record(whole).path("best_by_task"));
    assertThat(steps(whole, "dominance")).isNotEmpty();
    assertThat(steps(killed, "dominance")).isEqualTo(steps(whole, "dominance"));
    assertThat(steps(killed, "step")).isEqualTo(steps(whole, "step"));
    assertThat(steps(killed, "epoch")).hasSize(EPOCHS).isEqualTo(steps(whole, "epoch"));
    List<Long> starts = steps(killed, "start");
    assertThat(starts).hasSize(2);
    assertThat(starts.get(1)).isPositive();
  }

  private static String[] with(String option, String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.add(option);
    return all.toArray(String[]::new);
  }

  @Test
  void aDamagedCheckpointEndsWithItsOwnCode() throws Exception {
    assertThat(execute("train", "damaged", "--set", "training.max-epochs=1")).isZero();
    Path checkpoints = run("damaged").resolve("checkpoints");
    Path shard = checkpoints.resolve(completeIn(checkpoints).get(0)).resolve("shard-0.safetensors");
    Files.write(shard, Arrays.copyOf(Files.readAllBytes(shard), 1000));
    assertThat(execute("train", "damaged", "--resume")).isEqualTo(6);
    assertThat(record("damaged").path("status").asText()).isEqualTo("failed");
    assertThat(record("damaged").path("exit_code").asInt()).isEqualTo(6);
    assertThat(record("damaged").path("reason").asText()).contains(shard.toString());

    assertThat(execute("train", "damaged", "--resume", "--set", "model.type=shared-bottom"))
        .isEqualTo(6);
    assertThat(record("damaged").path("reason").asText()).contains("another plan (model was ");
  }

  @Test
  void aTrainingThatDivergesSaysAtWhichStep() throws Exception {
    int code =
        execute(
            "train",
            "diverged",
            "--set",
            "training.table-l2.lambda=1e300",
            "--set",
            "training.clip-norm=0");
    assertThat(code).isEqualTo(5);
    assertThat(record("diverged").path("exit_code").asInt()).isEqualTo(5);
    assertThat(record("diverged").path("reason").asText())
        .contains(" is not finite at step 2 (NaN)");
  }

  @Test
  void aRetrainStartsFromTheWeightsOfAnEarlierRun() throws Exception {
    assertThat(execute("train", "day-1", "--set", "training.max-epochs=1")).isZero();
    Path second = folder.resolve("second");
    new SyntheticLog(5000, 8).writeCsv(second.resolve("raw").resolve("demo.csv"));
    for (String stage : List.of("import", "split", "features")) {
      assertThat(executeIn(second, stage, "any")).isZero();
    }
    String warmStart = "training.warm-start=" + run("day-1");
    String once = "training.max-epochs=1";
    Path run = second.resolve("runs/day-2");
    for (int call = 0; call < 2; call++) {
      assertThat(executeIn(second, "train", "day-2", "--set", warmStart, "--set", once)).isZero();
    }
    JsonNode counts = JSON.readTree(run.resolve("run.json").toFile()).path("warm_start");
    assertThat(counts.path("run").asText()).startsWith("day-1 (");
    assertThat(counts.path("kept_ids").asLong()).isPositive();
    assertThat(counts.path("new_ids").asLong()).isPositive();
    List<JsonNode> events = events(run, "warm_start");
    // The second call found the run finished and up to date.
    assertThat(events).hasSize(1);
    assertThat(events.get(0).path("gone_ids")).isEqualTo(counts.path("gone_ids"));
    assertThat(events.get(0).path("by_table").path("user_id").path("kept_ids").asLong())
        .isPositive();

    String[] other = {"--set", warmStart, "--set", "model.type=shared-bottom"};
    assertThat(executeIn(second, "train", "other", other)).isEqualTo(6);
    JsonNode refused = JSON.readTree(second.resolve("runs/other/run.json").toFile());
    assertThat(refused.path("exit_code").asInt()).isEqualTo(6);
    assertThat(refused.path("reason").asText())
        .contains("not the same model (stem-net there, shared-bottom here)");
    assertThat(execute("train", "cold", "--set", "training.warm-start=" + run("missing")))
        .isEqualTo(6);
    assertThat(execute("train", "day-1", "--set", warmStart)).isEqualTo(2);
  }

  @Test
  void aTrainingThatDoesNotMoveEndsWithItsOwnCode() throws Exception {
    List<String> arguments = arguments("train", "stalled");
    arguments.addAll(List.of("--set", "training.stall-timeout=1ms"));
    assertThat(process(arguments, List.of()).waitFor()).isEqualTo(7);
    assertThat(record("stalled").path("exit_code").asInt()).isEqualTo(7);
    assertThat(record("stalled").path("reason").asText())
        .contains("no step and no task has finished");
  }

  @Test
  void aTemporaryFolderOfNoUseIsNamedBeforeSparkStarts() throws Exception {
    Path missing = folder.resolve("missing");
    Process process = process(arguments("train", "any"), List.of("-Djava.io.tmpdir=" + missing));
    assertThat(process.waitFor()).isEqualTo(2);
    assertThat(Files.readString(folder.resolve("process.log")))
        .contains(
            "Cannot unpack the native libraries: the temporary folder is of no use (" + missing);
  }

  @Test
  void settingsThatTrainingCannotBearAreRefused() {
    assertThat(execute("train", "any", "--set", "training.batch-size=250")).isEqualTo(2);
    assertThat(execute("train", "any", "--set", "spark.master=\"local[3]\"")).isEqualTo(2);
    assertThat(execute("train", "any", "--set", "spark.master=mesos")).isNotZero();
  }

  private static Path run(String name) {
    return folder.resolve("runs").resolve(name);
  }

  private static JsonNode record(String run) throws IOException {
    return JSON.readTree(run(run).resolve("run.json").toFile());
  }

  /** Names of the checkpoints that hold their state. */
  private static List<Path> completeIn(Path checkpoints) throws IOException {
    if (!Files.exists(checkpoints)) {
      return List.of();
    }
    try (Stream<Path> steps = Files.list(checkpoints)) {
      return steps
          .filter(step -> Files.exists(step.resolve("state.json")))
          .map(Path::getFileName)
          .sorted()
          .toList();
    }
  }

  /** The step of every event of a kind. */
  private static List<Long> steps(String run, String event) throws IOException {
    return events(run(run), event).stream()
        .map(node -> node.path(event.equals("start") ? "steps_done" : "step").asLong())
        .toList();
  }

  private static List<JsonNode> events(Path run, String event) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("events.jsonl"))) {
      JsonNode node = JSON.readTree(line);
      if (node.path("event").asText().equals(event)) {
        events.add(node);
      }
    }
    return events;
  }

  private static int execute(String stage, String run, String... further) {
    return executeIn(folder, stage, run, further);
  }

  private static int executeIn(Path workspace, String stage, String run, String... further) {
    List<String> all = arguments(workspace, stage, run);
    all.addAll(List.of(further));
    return TaskweaveCommand.execute(all.toArray(String[]::new));
  }

  private static List<String> arguments(String stage, String run) {
    return arguments(folder, stage, run);
  }

  private static List<String> arguments(Path workspace, String stage, String run) {
    return new ArrayList<>(
        List.of(
            stage,
            "conf/demo.conf",
            "--conf-file",
            folder.resolve("small.conf").toString(),
            "--workspace",
            workspace.toString(),
            "--run-name",
            run));
  }

  /** The command in a process of its own, with the options of this one. */
  private static Process process(List<String> arguments, List<String> options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-opens="))
        .forEach(command::add);
    command.add("-Xmx1g");
    command.add("-Dlog4j2.configurationFile=" + Path.of("../../conf/log4j2.properties").toUri());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("io.taskweave.cli.Taskweave");
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("process.log").toFile())
        .start();
  }
}
