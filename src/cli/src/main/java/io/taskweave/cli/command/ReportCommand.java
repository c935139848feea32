package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.report.Report;
import io.taskweave.core.error.OutputConflictException;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
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
    Path run = new Path(configuration.workspace().runFolder());
    try {
      Path report =
          Report.write(new Path(configuration.workspace().workspace()), run, new Configuration());
      spec.commandLine().getOut().println("report in " + report);
      spec.commandLine().getOut().flush();
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot write the report of " + run + ": " + failure.getMessage() + ", check the folder",
          failure);
    }
    return 0;
  }
}
