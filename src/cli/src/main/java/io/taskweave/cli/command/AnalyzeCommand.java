package io.taskweave.cli.command;

import io.taskweave.pipeline.dataset.Stage;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "analyze",
    mixinStandardHelpOptions = true,
    description = "Measures what samples and models say about behaviour.",
    subcommands = AnalyzeCommand.Correlations.class,
    footer = {"", "Example:", "  taskweave analyze stc conf/globo-tin.conf"})
final class AnalyzeCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(
      name = "stc",
      mixinStandardHelpOptions = true,
      description = {
        "Measures the semantic-temporal correlation in the samples: how much a behaviour of each",
        "category at each position, or in each interval, tells of the label of a target."
      },
      footer = {
        "",
        "Example:",
        "  taskweave analyze stc conf/globo-tin.conf --set stc.target-count=3"
      })
  static final class Correlations extends StageCommand {
    @Override
    List<Stage> stages(DataStages stages) {
      return List.of(stages.correlations());
    }
  }
}
