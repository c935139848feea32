package io.taskweave.cli.command;

import io.taskweave.cli.configuration.ConfigurationLoader;
import io.taskweave.cli.configuration.PipelineConfiguration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every command that reads a configuration takes. */
final class PipelineOptions {
  @Parameters(
      index = "0",
      paramLabel = "CONFIGURATION",
      description = "Configuration in HOCON, such as conf/kuairand-stem.conf.")
  private String file = "";

  @Option(
      names = "--conf-file",
      paramLabel = "FILE",
      description = "Further configuration; wins over the ones before it. May be repeated.")
  private List<String> furtherFiles = new ArrayList<>();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One key; wins over all files and the environment. May be repeated.")
  private List<String> assignments = new ArrayList<>();

  @Option(
      names = "--workspace",
      paramLabel = "DIR",
      description = "Folder of all data sets and runs; the key workspace.")
  private String workspace;

  @Option(
      names = "--run-name",
      paramLabel = "NAME",
      description = "Name of the run's folder; the key run-name.")
  private String runName;

  PipelineConfiguration load() {
    List<String> files = new ArrayList<>();
    files.add(file);
    files.addAll(furtherFiles);
    List<String> all = new ArrayList<>(assignments);
    if (workspace != null) {
      all.add("workspace=" + workspace);
    }
    if (runName != null) {
      all.add("run-name=" + runName);
    }
    return new ConfigurationLoader(System.getenv()).load(files, all);
  }
}
