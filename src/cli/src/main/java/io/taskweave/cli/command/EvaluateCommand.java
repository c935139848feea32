package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Scores the splits with the best weights of a run and measures the predictions.",
    footer = {"", "Example:", "  taskweave evaluate conf/kuairand-stem.conf --run-name shared"})
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private PipelineOptions options = new PipelineOptions();

  @Option(names = "--force", description = "Score again even if the predictions are up to date.")
  private boolean force;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PipelineConfiguration configuration = options.load();
    LogFile.below(configuration.workspace().workspace());
    try (DataApplication application =
        new DataApplication(spec.name(), configuration.spark(), spec.commandLine().getOut())) {
      new EvaluationStep(configuration, spec.commandLine().getOut()).run(application, force);
    }
    return 0;
  }
}
