package io.taskweave.engine.sharded;

import io.taskweave.engine.training.StepProperties;
import java.util.List;
import java.util.Optional;

/** How the steps of a training run on its executors. */
interface Steps {
  /**
   * Runs consecutive steps.
   *
   * @param steps the next ones
   * @param after the step that follows them, if it is sure to and its batch is known
   */
  List<StepResult> run(List<StepProperties> steps, Optional<StepProperties> after);
}
