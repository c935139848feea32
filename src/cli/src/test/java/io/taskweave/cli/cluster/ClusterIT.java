package io.taskweave.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.taskweave.cli.demo.SyntheticLog;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job jar on a real cluster, of two executors where a test says no more. */
@Tag("cluster")
class ClusterIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static StandaloneCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = StandaloneCluster.start(folder, 4);
    new SyntheticLog(6000, 7).writeCsv(folder.resolve("workspace/raw/demo.csv"));
    Files.writeString(
        folder.resolve("small.conf"),
        """
        validate.contract = null
        groups.enabled = false
        model { dropout = 0.1, embedding.deviation = 0.1 }
        training { batch-size = 512, max-epochs = 2, clip-norm = 0.05 }
        evaluate { splits = [test], bootstrap.replicates = 0 }
        """);
    submit(cluster.url(), 2, "run", "cluster");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  /** Dropout and clipping are on: both must not depend on where a row or a slice lies. */
  @Test
  void trainsToTheSameBitsOnTwoExecutorsAsInOneProcess() throws Exception {
    submit("local[2]", 2, "train", "local");
    assertSameWeights("cluster", "local");
    assertThat(executors("cluster")).containsExactlyInAnyOrder("driver", "0", "1");
    assertThat(executors("local")).containsExactly("driver");
    JsonNode metrics = JSON.readTree(run("cluster").resolve("metrics.json").toFile());
    assertThat(metrics.findValuesAsText("metric")).contains("auc");
  }

  /** Fewer or more cores add up the same numbers in another order. */
  @Test
  void oneTwoAndFourExecutorsDifferByTheOrderOfSumsAlone() throws Exception {
    submit(cluster.url(), 4, "train", "four");
    submit("local[4]", 4, "train", "four-local");
    assertSameWeights("four", "four-local");
    assertThat(executors("four")).containsExactlyInAnyOrder("driver", "0", "1", "2", "3");
    submit(cluster.url(), 1, "train", "one");
    assertThat(executors("one")).containsExactlyInAnyOrder("driver", "0");
    for (String more : List.of("cluster", "four")) {
      assertThat(distance("one", more)).as(more).isBetween(1e-9, 2e-6);
    }
  }

  /** Largest difference of a weight. */
  private static double distance(String first, String second) throws Exception {
    FloatBuffer one = weights(first);
    FloatBuffer other = weights(second);
    assertThat(one.remaining()).isEqualTo(other.remaining()).isPositive();
    double distance = 0;
    while (one.hasRemaining()) {
      distance = Math.max(distance, Math.abs(one.get() - other.get()));
    }
    return distance;
  }

  private static FloatBuffer weights(String run) throws Exception {
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(best(run, "weights.safetensors")))
            .order(ByteOrder.LITTLE_ENDIAN);
    int header = Math.toIntExact(file.getLong());
    return file.position(Long.BYTES + header)
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer();
  }

  @Test
  void goesOnFromTheLastCheckpointWhenAnExecutorDies() throws Exception {
    String[] settings = {
      "training.row-updates=lazy",
      "training.table-l2.kind=touched",
      "training.checkpoint-steps=3",
      "training.max-epochs=5",
      "training.patience=100"
    };
    submit("local[2]", 2, "train", "whole", settings);
    Path log = log("train", "killed");
    Process training = start(cluster.url(), 2, "train", "killed", log, settings);
    awaitCheckpoint("killed", training);
    cluster.killExecutor();
    int code = training.waitFor();
    assertThat(code).as(() -> text(log)).isZero();
    assertThat(executors("killed")).as(() -> text(log)).contains("0", "1", "2");
    assertSameWeights("killed", "whole");
  }

  @Test
  void endsWithCode75WhenExecutorsKeepDying() throws Exception {
    Path log = log("train", "dying");
    Process training =
        start(
            cluster.url(),
            2,
            "train",
            "dying",
            log,
            "training.checkpoint-steps=3",
            "training.max-epochs=1000",
            "training.patience=1000");
    awaitCheckpoint("dying", training);
    for (int start = 1; start <= 4; start++) {
      while (starts("dying") < start && training.isAlive()) {
        training.waitFor(50, TimeUnit.MILLISECONDS);
      }
      assertThat(training.isAlive()).as(() -> text(log)).isTrue();
      cluster.killExecutor();
    }
    int code = training.waitFor();
    assertThat(code).as(() -> text(log)).isEqualTo(75);
    assertThat(text(log)).contains("resume from the last checkpoint");
  }

  private static void awaitCheckpoint(String run, Process training) throws Exception {
    Path checkpoint = run(run).resolve("checkpoints/step=6/state.json");
    while (!Files.exists(checkpoint) && training.isAlive()) {
      training.waitFor(5, TimeUnit.MILLISECONDS);
    }
  }

  private static long starts(String run) throws Exception {
    Path events = run(run).resolve("events.jsonl");
    if (!Files.exists(events)) {
      return 0;
    }
    return Files.readAllLines(events).stream()
        .filter(line -> line.contains("\"event\":\"start\""))
        .count();
  }

  private static Path run(String name) {
    return folder.resolve("workspace").resolve("runs").resolve(name);
  }

  private static void assertSameWeights(String first, String second) throws Exception {
    List<String> weights;
    try (Stream<Path> files = Files.list(run(first).resolve("best"))) {
      weights =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".safetensors"))
              .toList();
    }
    assertThat(weights).contains("weights.safetensors", "task-like.safetensors");
    for (String name : weights) {
      assertThat(Files.mismatch(best(first, name), best(second, name))).as(name).isEqualTo(-1);
    }
  }

  private static Path best(String run, String name) {
    return run(run).resolve("best").resolve(name);
  }

  /** Where matrix products were tested before the first step. */
  private static List<String> executors(String run) throws Exception {
    List<String> executors = new ArrayList<>();
    for (String line : Files.readAllLines(run(run).resolve("events.jsonl"))) {
      JsonNode event = JSON.readTree(line);
      if (event.path("event").asText().equals("products")) {
        assertThat(event.path("same_bits").asBoolean()).isTrue();
        assertThat(event.path("mkl_debug_cpu_type").asText()).isEqualTo("5");
        executors.add(event.path("executor").asText());
      }
    }
    return executors;
  }

  private static Path log(String stage, String run) {
    return folder.resolve(stage + "-" + run + ".log");
  }

  private static void submit(
      String master, int executors, String stage, String run, String... settings) throws Exception {
    Path log = log(stage, run);
    int code = start(master, executors, stage, run, log, settings).waitFor();
    assertThat(code).as(() -> stage + "\n" + text(log)).isZero();
  }

  private static Process start(
      String master, int executors, String stage, String run, Path log, String... settings)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                project("jobs/submit").toString(),
                stage,
                project("conf/demo.conf").toString(),
                "--conf-file",
                folder.resolve("small.conf").toString(),
                "--workspace",
                folder.resolve("workspace").toString(),
                "--run-name",
                run));
    for (String setting : settings) {
      command.addAll(List.of("--set", setting));
    }
    ProcessBuilder builder = cluster.process(command, log);
    builder.environment().put("TASKWEAVE_MASTER", master);
    builder.environment().put("TASKWEAVE_EXECUTORS", Integer.toString(executors));
    builder.environment().put("TASKWEAVE_JAR", jobJar().toString());
    return builder.start();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  @Test
  void executorsMultiplyToTheSameBitsAtEveryAlignmentAsTheDriver() throws Exception {
    String output = sparkSubmit(ExecutorProbe.class.getName(), Path.of("target/test-classes"));

    List<String[]> answers =
        output
            .lines()
            .filter(line -> line.startsWith("executor "))
            .map(line -> line.split(" ", -1))
            .toList();
    assertThat(answers).as(output).hasSize(2);
    Set<String> executors = answers.stream().map(line -> line[1]).collect(Collectors.toSet());
    assertThat(executors).hasSize(2).doesNotContain("driver");
    String[] here = ExecutorProbe.product().split(" ", -1);
    assertThat(here[0]).isEqualTo(here[1]);
    for (String[] answer : answers) {
      assertThat(answer[2]).isEqualTo(here[0]);
      assertThat(answer[3]).isEqualTo(here[0]);
    }
  }

  /** The example of the engine's documentation, distance by distance from double precision. */
  @Test
  void aPlainBigDlProgramTrainsByAdaTaskOnTwoExecutors() throws Exception {
    String output =
        sparkSubmit(
            "io.taskweave.engine.example.TwoTaskProgram", Path.of("../engine/target/test-classes"));
    double[] numbers =
        output
            .lines()
            .filter(line -> line.startsWith("distance "))
            .flatMap(line -> Stream.of(line.split(" ", -1)).skip(1))
            .mapToDouble(Double::parseDouble)
            .toArray();
    assertThat(numbers).as(output).hasSize(4);
    assertThat(numbers[0]).isLessThanOrEqualTo(2 * numbers[1]);
    assertThat(numbers[2]).isGreaterThan(1);
    assertThat(numbers[3]).isEqualTo(2);
  }

  /**
   * What a program prints that is no part of the job jar, on two executors of one core.
   *
   * @param classes folder that holds the program's class
   */
  private static String sparkSubmit(String program, Path classes) throws Exception {
    Path log = folder.resolve(program + ".log");
    List<String> command =
        List.of(
            cluster.home().resolve("bin/spark-submit").toString(),
            "--master",
            cluster.url(),
            "--properties-file",
            project("conf/spark-defaults.conf").toString(),
            "--conf",
            "spark.executor.cores=1",
            "--conf",
            "spark.cores.max=2",
            "--executor-memory",
            "512m",
            "--jars",
            jobJar().toString(),
            "--class",
            program,
            jar(classes, program).toString());
    int code = cluster.process(command, log).start().waitFor();
    String output = Files.readString(log);
    assertThat(code).as(output).isZero();
    return output;
  }

  private static Path project(String path) throws Exception {
    return Path.of("../..", path).toRealPath();
  }

  private static Path jobJar() throws Exception {
    try (Stream<Path> files = Files.list(Path.of("target/distribution").toRealPath())) {
      return files
          .filter(file -> file.getFileName().toString().endsWith("-job.jar"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** A jar of a class and those within it. */
  private static Path jar(Path classes, String name) throws Exception {
    Path jar = folder.resolve(name + ".jar");
    Path main = classes.resolve(name.replace('.', '/') + ".class");
    String prefix = main.getFileName().toString().replace(".class", "");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream content = new JarOutputStream(file);
        Stream<Path> files = Files.list(main.getParent())) {
      for (Path part : files.sorted().toList()) {
        String partName = part.getFileName().toString();
        if (partName.equals(prefix + ".class") || partName.startsWith(prefix + "$")) {
          content.putNextEntry(new JarEntry(classes.relativize(part).toString()));
          content.write(Files.readAllBytes(part));
          content.closeEntry();
        }
      }
    }
    return jar;
  }
}
