package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every command that reads a configuration takes. */
final class PipelineOptions {
  @Parameters(
      index = "0",
      paramLabel = "CONFIGURATION",
      description = "Configuration in HOCON, such as conf/kuairand-stem.conf.")
  private String file = "";

  @Mixin private OverridingOptions overriding = new OverridingOptions();

  @Option(
      names = "--run-name",
      paramLabel = "NAME",
      description = "Name of the run's folder; the key run-name.")
  private String runName;

  PipelineConfiguration load() {
    return overriding.load(file, runName == null ? List.of() : List.of("run-name=" + runName));
  }
}
