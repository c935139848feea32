package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.pipeline.dataset.Stage;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs stages in order; those that are up to date are skipped. */
abstract class StageCommand implements Callable<Integer> {
  @Mixin private PipelineOptions options = new PipelineOptions();

  @Option(names = "--force", description = "Run even what is up to date.")
  private boolean force;

  @Spec private CommandSpec spec;

  /** The stages of this command, checked for what they need before Spark starts. */
  abstract List<Stage> stages(DataStages stages);

  @Override
  public Integer call() {
    PipelineConfiguration configuration = options.load();
    List<Stage> stages = stages(new DataStages(configuration));
    LogFile.below(configuration.workspace().workspace());
    try (DataApplication application =
        new DataApplication(spec.name(), configuration.spark(), spec.commandLine().getOut())) {
      application.runAll(stages, force, new Path(configuration.workspace().workspace()));
    }
    return 0;
  }
}
