package io.taskweave.cli.command;

import io.taskweave.cli.demo.SyntheticLog;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.OutputConflictException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "demo-data",
    mixinStandardHelpOptions = true,
    description = "Writes a synthetic multi-feedback log with a planted conflict between tasks.",
    footer = {"", "Example:", "  taskweave demo-data --impressions 20000 --workspace work/demo"})
final class DemoDataCommand implements Callable<Integer> {
  @Option(
      names = "--workspace",
      paramLabel = "DIR",
      description = "Folder that gets raw/demo.csv (default: ${DEFAULT-VALUE}).")
  private Path workspace = Path.of("work", "demo");

  @Option(
      names = "--impressions",
      paramLabel = "N",
      description = "Rows (default: ${DEFAULT-VALUE}).")
  private int impressions = SyntheticLog.DEFAULT_IMPRESSIONS;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of every random choice (default: ${DEFAULT-VALUE}).")
  private long seed = 2023;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (impressions < 1) {
      throw new ConfigurationException(
          "Cannot make a log: --impressions must be at least 1 (" + impressions + ")");
    }
    Path file = workspace.resolve("raw").resolve("demo.csv");
    try {
      new SyntheticLog(impressions, seed).writeCsv(file);
    } catch (IOException e) {
      throw new OutputConflictException(
          "Cannot write the log: " + e + ", choose another --workspace (" + workspace + ")", e);
    }
    spec.commandLine().getOut().println(impressions + " impressions in " + file);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
