package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = "Writes one self-contained HTML page about a run.",
    footer = {"", "Example:", "  taskweave report conf/kuairand-stem.conf --run-name shared"})
final class ReportCommand implements Callable<Integer> {
  @Mixin private PipelineOptions options = new PipelineOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PipelineConfiguration configuration = options.load();
    LogFile.below(configuration.workspace().workspace());
    spec.commandLine().getOut().println("report in " + new ReportStep(configuration).write());
    spec.commandLine().getOut().flush();
    return 0;
  }
}
