package io.taskweave.cli.command;

import io.taskweave.cli.configuration.ExperimentGrid.Cell;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.report.Report;
import io.taskweave.core.error.TaskweaveException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
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
  private final List<ExperimentCell> cells;
  private final PrintWriter out;
  private final PrintWriter err;

  ExperimentRun(
      PipelineConfiguration configuration, List<Cell> cells, PrintWriter out, PrintWriter err) {
    this.configuration = configuration;
    this.cells = cells.stream().map(ExperimentCell::new).toList();
    this.out = out;
    this.err = err;
  }

  /**
   * Runs what is not up to date, and writes the table of what has finished.
   *
   * @return the exit code: that of the first cell that failed, or 0
   */
  int run(boolean force) {
    new PipelineRun(configuration, out).prepareData(force);
    train(force);
    evaluate(force);
    for (ExperimentCell cell : cells) {
      cell.failure()
          .ifPresent(failure -> err.println("cell " + cell.name() + ": " + failure.getMessage()));
    }
    err.flush();
    return cells.stream()
        .mapToInt(ExperimentCell::exitCode)
        .filter(code -> code != 0)
        .findFirst()
        .orElse(0);
  }

  private void train(boolean force) {
    long left = cells.stream().filter(cell -> force || !isFinished(cell)).count();
    Remaining remaining = new Remaining(left);
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
        ExperimentCell cell = cells.get(i);
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
          if (application == null) {
            application = new TrainingApplication(configuration);
          }
          remaining.done(
              new TrainingStep(cell.cell().configuration(), out)
                  .run(application, force, TrainingStep.Unfinished.RESUMES_IF_UNCHANGED));
        } catch (Exception failure) {
          failed(cell, failure);
          // What a broken training leaves in Spark must not reach the next, which opens another.
          if (application != null) {
            application.close();
            application = null;
          }
        }
      }
    } finally {
      if (application != null) {
        application.close();
      }
    }
  }

  private static boolean isFinished(ExperimentCell cell) {
    try {
      return cell.folder().isFinished();
    } catch (TaskweaveException unreadable) {
      // The cell's own training says what is wrong, and the others go on.
      return false;
    }
  }

  private void evaluate(boolean force) {
    DataApplication application = evaluation();
    try {
      for (int i = 0; i < cells.size(); i++) {
        ExperimentCell cell = cells.get(i);
        if (cell.failure().isEmpty()) {
          out.println(
              String.format(
                  Locale.ROOT, "evaluate cell %d of %d  %s", i + 1, cells.size(), cell.name()));
          try {
            if (application == null) {
              application = evaluation();
            }
            evaluate(cell, application, force);
          } catch (Exception failure) {
            failed(cell, failure);
            if (application != null) {
              application.close();
              application = null;
            }
          }
        }
      }
      if (application == null) {
        application = evaluation();
      }
      new ExperimentResults(configuration, cells).write(application.spark(), out);
    } finally {
      if (application != null) {
        application.close();
      }
    }
  }

  private DataApplication evaluation() {
    return new DataApplication("evaluate", configuration.spark(), out);
  }

  private void evaluate(ExperimentCell cell, DataApplication application, boolean force) {
    PipelineConfiguration run = cell.cell().configuration();
    StepOutcome outcome = new EvaluationStep(run, out).run(application, force);
    if (!outcome.skipped() || !cell.folder().has(Report.FILE)) {
      new ReportStep(run).write();
    }
    cell.evaluated(outcome);
  }

  private void failed(ExperimentCell cell, Exception failure) {
    RuntimeException reason = SparkFailure.reason(failure);
    cell.fail(reason);
    LOG.warn("Cell {} failed", cell.name(), failure);
    out.println("failed     " + reason.getMessage());
    out.flush();
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
