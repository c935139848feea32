package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.cli.configuration.ExperimentGrid.Cell;
import io.taskweave.core.error.ExitCode;
import io.taskweave.core.error.TaskweaveException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** A cell of an experiment and what has become of it. */
final class ExperimentCell {
  private final Cell cell;
  private RuntimeException failure;
  private double evaluationSeconds = Double.NaN;

  ExperimentCell(Cell cell) {
    this.cell = cell;
  }

  Cell cell() {
    return cell;
  }

  String name() {
    return cell.name();
  }

  RunFolder folder() {
    return new RunFolder(
        new Path(cell.configuration().workspace().runFolder()), new Configuration());
  }

  void fail(RuntimeException reason) {
    failure = reason;
  }

  Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure);
  }

  void evaluated(StepOutcome outcome) {
    evaluationSeconds = outcome.seconds();
  }

  /** Trained and evaluated. */
  boolean isFinished() {
    return !Double.isNaN(evaluationSeconds);
  }

  /** The code that the process ends with because of this cell; 0 if it has not failed. */
  int exitCode() {
    if (failure == null) {
      return 0;
    }
    return (failure instanceof TaskweaveException known ? known.exitCode() : ExitCode.INTERNAL)
        .code();
  }

  void describe(ObjectNode node) {
    node.put("run", cell.name());
    node.put("model", cell.model());
    node.put("optimizer", cell.optimizer());
    node.put("learning_rate", cell.learningRate());
    node.put("seed", cell.seed());
    node.put("status", isFinished() ? "finished" : "failed");
    if (failure != null) {
      node.put("exit_code", exitCode());
      node.put("reason", String.valueOf(failure.getMessage()));
    }
    if (isFinished()) {
      JsonNode run = folder().record();
      node.put("epochs", run.path("epochs").asInt());
      node.put("best_epoch", run.path("best_epoch").asInt());
      node.set("best_by_task", run.path("best_by_task"));
      node.put("mean_validation_auc", run.path("best_mean_auc").asDouble());
      node.put("training_seconds", run.path("seconds").asDouble());
      node.put("evaluation_seconds", evaluationSeconds);
    }
  }
}
