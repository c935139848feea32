package io.taskweave.cli.command;

import io.taskweave.cli.configuration.ExperimentGrid.Cell;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.core.error.ExitCode;
import io.taskweave.core.error.TaskweaveException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the cells of an experiment one after another, in three Spark applications: the data of all,
 * then every training, then every evaluation. A training takes all cores, so cells side by side
 * would only share them.
 */
final class ExperimentRun {
  private static final Logger LOG = LoggerFactory.getLogger(ExperimentRun.class);

  private final PipelineConfiguration configuration;
  private final List<Cell> cells;
  private final PrintWriter out;
  private final PrintWriter err;
  private final Map<Cell, RuntimeException> failures = new LinkedHashMap<>();

  ExperimentRun(
      PipelineConfiguration configuration, List<Cell> cells, PrintWriter out, PrintWriter err) {
    this.configuration = configuration;
    this.cells = cells;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs what is not up to date.
   *
   * @return the exit code: that of the first cell that failed, or 0
   */
  int run(boolean force) {
    new PipelineRun(cells.get(0).configuration(), out).prepareData(force);
    train(force);
    evaluate(force);
    for (Map.Entry<Cell, RuntimeException> failure : failures.entrySet()) {
      err.println("cell " + failure.getKey().name() + ": " + failure.getValue().getMessage());
    }
    err.flush();
    return failures.values().stream().findFirst().map(ExperimentRun::code).orElse(0);
  }

  private void train(boolean force) {
    Remaining remaining = new Remaining(cells.stream().filter(cell -> !finished(cell)).count());
    TrainingApplication application = new TrainingApplication(configuration);
    try {
      out.println(
          String.format(
              Locale.ROOT,
              "%d cells, one after another on %s with a heap of %,d MiB",
              cells.size(),
              application.master(),
              Runtime.getRuntime().maxMemory() >> 20));
      for (int i = 0; i < cells.size(); i++) {
        Cell cell = cells.get(i);
        out.println(
            String.format(
                Locale.ROOT,
                "cell %d of %d  %s%s",
                i + 1,
                cells.size(),
                cell.name(),
                remaining.text()));
        out.flush();
        try {
          StepOutcome outcome =
              new TrainingStep(cell.configuration(), out)
                  .run(application, force, TrainingStep.Unfinished.RESUMES_IF_UNCHANGED);
          remaining.done(outcome);
        } catch (RuntimeException failure) {
          failed(cell, failure);
          // What a broken training leaves in Spark must not reach the next.
          application.close();
          application = new TrainingApplication(configuration);
        }
      }
    } finally {
      application.close();
    }
  }

  private boolean finished(Cell cell) {
    return folder(cell).isFinished();
  }

  private static RunFolder folder(Cell cell) {
    return new RunFolder(
        new Path(cell.configuration().workspace().runFolder()), new Configuration());
  }

  private void evaluate(boolean force) {
    List<Cell> trained = new ArrayList<>(cells);
    trained.removeAll(failures.keySet());
    try (DataApplication application =
        new DataApplication("evaluate", configuration.spark(), out)) {
      for (Cell cell : trained) {
        out.println("evaluate " + cell.name());
        try {
          new EvaluationStep(cell.configuration(), out).run(application, force);
        } catch (RuntimeException failure) {
          failed(cell, failure);
        }
      }
    }
  }

  private void failed(Cell cell, RuntimeException failure) {
    failures.put(cell, failure);
    LOG.warn("Cell {} failed", cell.name(), failure);
    out.println("failed     " + failure.getMessage());
    out.flush();
  }

  private static int code(RuntimeException failure) {
    return (failure instanceof TaskweaveException known ? known.exitCode() : ExitCode.INTERNAL)
        .code();
  }

  /** Guesses the time of the trainings to come by that of those done. */
  private static final class Remaining {
    private long left;
    private int done;
    private double seconds;

    Remaining(long left) {
      this.left = left;
    }

    void done(StepOutcome outcome) {
      if (!outcome.skipped()) {
        left = Math.max(0, left - 1);
        done++;
        seconds += outcome.seconds();
      }
    }

    String text() {
      return done == 0
          ? ""
          : String.format(Locale.ROOT, "  about %.0f min left", left * seconds / done / 60);
    }
  }
}
