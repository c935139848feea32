package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.pipeline.dataset.Stage;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The whole pipeline, as three Spark applications in turn: data work and training want other
 * settings, and training must not share its executors with a shuffle.
 */
final class PipelineRun {
  private final PipelineConfiguration configuration;
  private final PrintWriter out;
  private final List<StepOutcome> outcomes = new ArrayList<>();

  PipelineRun(PipelineConfiguration configuration, PrintWriter out) {
    this.configuration = configuration;
    this.out = out;
  }

  /** Publishes everything that training and evaluation read. */
  void prepareData(boolean force) {
    List<Stage> stages = new DataStages(configuration).all();
    try (DataApplication application = new DataApplication("data", configuration.spark(), out)) {
      outcomes.addAll(
          application.runAll(stages, force, new Path(configuration.workspace().workspace())));
    }
  }

  /**
   * Trains in an application of its own.
   *
   * @param resume whether an unfinished training goes on from its last checkpoint
   */
  void train(boolean force, boolean resume) {
    outcomes.add(new TrainingStep(configuration, out).run(force, resume));
  }

  void evaluate(DataApplication application, boolean force) {
    outcomes.add(new EvaluationStep(configuration, out).run(application, force));
  }

  /** Measures what this run changes against an earlier one. */
  void compare(DataApplication application, FinishedRun before) {
    outcomes.add(
        new ComparisonStep(before, FinishedRun.open(configuration.workspace().runFolder()))
            .run(application, out));
  }

  /** Measures what the samples say about when and what, and what the model has learnt of it. */
  void correlate(DataApplication application, boolean force) {
    outcomes.add(application.run(new DataStages(configuration).correlations(), force));
    outcomes.add(
        new CorrelationStep(FinishedRun.open(configuration.workspace().runFolder()))
            .run(application, out));
  }

  /** Draws the report, in which every step's time stands. */
  Path report() {
    recordSteps();
    return new ReportStep(configuration).write();
  }

  private void recordSteps() {
    RunFolder folder =
        new RunFolder(new Path(configuration.workspace().runFolder()), new Configuration());
    ObjectNode record = folder.record();
    ArrayNode list = record.putArray("stages");
    for (StepOutcome outcome : outcomes) {
      list.addObject()
          .put("name", outcome.name())
          .put("seconds", outcome.seconds())
          .put("skipped", outcome.skipped());
    }
    folder.write(record);
  }

  /** A line a step, and the time of all. */
  static void printSummary(List<PipelineRun> runs, PrintWriter out) {
    out.println();
    double seconds = 0;
    for (PipelineRun run : runs) {
      out.println("run " + run.configuration.workspace().runName());
      for (StepOutcome outcome : run.outcomes) {
        out.println(outcome.line());
        seconds += outcome.seconds();
      }
    }
    out.println(String.format(Locale.ROOT, "%-10s %-10s %8.1f s", "all", "", seconds));
    out.flush();
  }
}
