package io.taskweave.cli.command;

import io.taskweave.cli.configuration.ConfigurationLoader;
import io.taskweave.cli.configuration.PipelineConfiguration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What wins over the keys of a configuration file. */
final class OverridingOptions {
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

  /**
   * @param further assignments that win over those of the command line
   */
  PipelineConfiguration load(String file, List<String> further) {
    List<String> files = new ArrayList<>();
    files.add(file);
    files.addAll(furtherFiles);
    List<String> all = new ArrayList<>(assignments);
    if (workspace != null) {
      all.add("workspace=" + workspace);
    }
    all.addAll(further);
    return new ConfigurationLoader(System.getenv()).load(files, all);
  }
}
