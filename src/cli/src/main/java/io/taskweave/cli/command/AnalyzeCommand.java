package io.taskweave.cli.command;

import io.taskweave.pipeline.dataset.Stage;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "analyze",
    mixinStandardHelpOptions = true,
    description = "Measures what samples and models say about behaviour.",
    subcommands = {AnalyzeCommand.Correlations.class, AnalyzeCommand.Learnt.class},
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

  @Command(
      name = "learnt",
      mixinStandardHelpOptions = true,
      description = {
        "Reads from a trained model what it has learnt of when and what, and holds it beside what",
        "'analyze stc' has measured in the samples."
      },
      footer = {"", "Example:", "  taskweave analyze learnt work/globo/runs/globo-tin"})
  static final class Learnt implements Callable<Integer> {
    @Parameters(
        paramLabel = "RUN",
        description = "Folder of a trained run; it gets correlation.json.")
    private String run;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      FinishedRun finished = FinishedRun.open(run);
      LogFile.below(finished.workspace().toString());
      PrintWriter out = spec.commandLine().getOut();
      try (DataApplication application =
          new DataApplication(spec.name(), finished.configuration().spark(), out)) {
        new CorrelationStep(finished).run(application, out);
      }
      return 0;
    }
  }
}
