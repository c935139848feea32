package io.taskweave.cli.command;

import io.taskweave.cli.configuration.SparkConfiguration;
import io.taskweave.cli.progress.SparkProgress;
import io.taskweave.cli.progress.Terminal;
import io.taskweave.cli.report.ValidationPage;
import io.taskweave.pipeline.audit.SampleAudit;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.validate.LogValidation;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** A Spark application with the settings of data work; it runs stages that are not up to date. */
final class DataApplication implements AutoCloseable {
  private final SparkConfiguration configuration;
  private final PrintWriter out;
  private final SparkSession spark;

  DataApplication(String name, SparkConfiguration configuration, PrintWriter out) {
    this.configuration = configuration;
    this.out = out;
    this.spark = EmbeddedSpark.open(name, configuration);
  }

  SparkSession spark() {
    return spark;
  }

  /**
   * Runs stages in their order. What they find about the data is drawn in any case: a refusal above
   * all is to be read.
   */
  List<StepOutcome> runAll(List<Stage> stages, boolean force, Path workspace) {
    List<StepOutcome> outcomes = new ArrayList<>();
    try {
      stages.forEach(stage -> outcomes.add(run(stage, force)));
    } finally {
      if (stages.stream().anyMatch(DataApplication::findsFaults)) {
        ValidationPage.write(workspace, spark.sessionState().newHadoopConf())
            .ifPresent(page -> out.println("findings in " + page));
        out.flush();
      }
    }
    return outcomes;
  }

  private static boolean findsFaults(Stage stage) {
    return stage instanceof LogValidation || stage instanceof SampleAudit;
  }

  /** Runs a stage, unless it is up to date, and prints what became of it and what it found. */
  StepOutcome run(Stage stage, boolean force) {
    try (SparkProgress progress =
        new SparkProgress(
            stage.name(), spark, out, Terminal.isInteractive(), configuration.progressInterval())) {
      StageRunner.Outcome outcome = new StageRunner(spark, progress).run(stage, force);
      StepOutcome step =
          new StepOutcome(
              stage.name(),
              outcome.skipped(),
              outcome.seconds(),
              String.format(
                  Locale.ROOT, "%,12d rows  %s", outcome.manifest().rows(), stage.output()));
      out.println(step.line());
      if (!outcome.skipped()) {
        outcome
            .manifest()
            .summary()
            .path("findings")
            .forEach(finding -> out.println("  found    " + finding.path("message").asText()));
      }
      out.flush();
      return step;
    }
  }

  @Override
  public void close() {
    EmbeddedSpark.close(spark);
  }
}
