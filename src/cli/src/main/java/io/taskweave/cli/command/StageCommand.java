package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageRunner;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
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
    PrintWriter out = spec.commandLine().getOut();
    try (SparkSession spark = EmbeddedSpark.open(spec.name(), configuration.spark())) {
      StageRunner runner = new StageRunner(spark, Progress.NONE);
      for (Stage stage : stages) {
        StageRunner.Outcome outcome = runner.run(stage, force);
        out.println(
            String.format(
                Locale.ROOT,
                "%-10s %-11s %,12d rows %8.1f s  %s",
                stage.name(),
                outcome.skipped() ? "up to date" : "done",
                outcome.manifest().rows(),
                outcome.seconds(),
                stage.output()));
        out.flush();
      }
    }
    return 0;
  }
}
