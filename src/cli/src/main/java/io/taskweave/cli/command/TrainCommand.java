package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = "Trains the model on the samples; skipped if the run is finished and up to date.",
    footer = {
      "",
      "Example:",
      "  taskweave train conf/kuairand-stem.conf --set model.type=shared-bottom --run-name shared"
    })
final class TrainCommand implements Callable<Integer> {
  @Mixin private PipelineOptions options = new PipelineOptions();

  @Option(names = "--force", description = "Train even if the run is finished and up to date.")
  private boolean force;

  @Option(names = "--resume", description = "Go on from the last checkpoint of the run.")
  private boolean resume;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PipelineConfiguration configuration = options.load();
    LogFile.below(configuration.workspace().workspace());
    new TrainingStep(configuration, spec.commandLine().getOut()).run(force, resume);
    return 0;
  }
}
