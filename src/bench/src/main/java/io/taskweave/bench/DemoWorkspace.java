package io.taskweave.bench;

import io.taskweave.cli.Taskweave;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A workspace with the log of the demo, and taskweave's commands on it as processes. */
final class DemoWorkspace {
  private static final int SEED = 6;

  private final Settings settings;
  private final Path folder;

  /**
   * Writes the log.
   *
   * @param impressions rows of it
   * @param configuration what wins over {@code conf/demo.conf}
   */
  DemoWorkspace(Settings settings, int impressions, String configuration) throws IOException {
    this.settings = settings;
    this.folder = settings.scratch().resolve("workspace");
    new io.taskweave.cli.demo.SyntheticLog(impressions, SEED)
        .writeCsv(folder.resolve("raw").resolve("demo.csv"));
    Files.writeString(configuration(), configuration);
  }

  private Path configuration() {
    return settings.scratch().resolve("bench.conf");
  }

  private Path log() {
    return settings.scratch().resolve("process.log");
  }

  RunFolder run(String name) {
    return new RunFolder(folder.resolve("runs").resolve(name));
  }

  /**
   * Starts a command, which goes on where an earlier one of the run has stopped.
   *
   * @param spark settings as spark-submit hands them over; none for embedded Spark
   * @param assignments of keys of the configuration
   */
  Process start(String command, String run, Map<String, String> spark, String... assignments)
      throws IOException {
    List<String> arguments = JavaProcess.command("1g", Taskweave.class.getName());
    // Such short processes spend more on the optimizing compiler than it gives back.
    arguments.add(1, "-XX:TieredStopAtLevel=1");
    spark.forEach((key, value) -> arguments.add(1, "-D" + key + "=" + value));
    arguments.addAll(List.of(command, settings.home().resolve("conf/demo.conf").toString()));
    arguments.addAll(List.of("--conf-file", configuration().toString()));
    arguments.addAll(List.of("--workspace", folder.toString()));
    arguments.addAll(List.of("--run-name", run, "--resume"));
    for (String assignment : assignments) {
      arguments.addAll(List.of("--set", assignment));
    }
    ProcessBuilder builder =
        new ProcessBuilder(arguments).redirectErrorStream(true).redirectOutput(log().toFile());
    builder.environment().put("TASKWEAVE_HOME", settings.home().toString());
    // What executors have, and where one process must give the bits of a cluster.
    builder.environment().put("MKL_DEBUG_CPU_TYPE", "5");
    return builder.start();
  }

  /** Runs a command to its end, which must be a good one. */
  void finish(String command, String run, Map<String, String> spark, String... assignments)
      throws IOException, InterruptedException {
    requireSuccess(start(command, run, spark, assignments).waitFor(), command, run);
  }

  void requireSuccess(int code, String command, String run) throws IOException {
    if (code != 0) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot compare: %s of %s ended with code %d%n%s",
              command,
              run,
              code,
              Files.readString(log())));
    }
  }
}
