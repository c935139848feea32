package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.engine.training.TrainingListener;
import java.util.ArrayList;
import java.util.List;

/**
 * Times of the second half of a training's steps, and ends it after them. A trainer runs about a
 * second's steps before it tells of them; in between something else may have its turn.
 */
final class StepTimes implements TrainingListener {
  /** Steps that are told of together follow each other faster. */
  private static final double BETWEEN_MILLISECONDS = 5;

  private final int steps;
  private final int rows;
  private final Runnable between;
  private final List<Double> milliseconds = new ArrayList<>();
  private long lastHeard;

  /** Ends a training that has been measured. */
  static final class Measured extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /**
   * @param rows of each step
   * @param between runs where the trainer waits, in the measured half
   */
  StepTimes(int steps, int rows, Runnable between) {
    this.steps = steps;
    this.rows = rows;
    this.between = between;
  }

  @Override
  public void step(Step step) {
    long now = System.nanoTime();
    boolean measured = step.step() > steps / 2;
    if ((now - lastHeard) * 1e-6 > BETWEEN_MILLISECONDS && measured) {
      between.run();
    }
    lastHeard = System.nanoTime();
    if (measured) {
      milliseconds.add(1e3 * rows / step.samplesPerSecond());
    }
    if (step.step() == steps) {
      throw new Measured();
    }
  }

  /** Median milliseconds of a step. */
  double median() {
    return milliseconds.stream().sorted().toList().get(milliseconds.size() / 2);
  }

  /**
   * @return the median of a step
   */
  double describe(ObjectNode result) {
    return Rounds.describe(milliseconds, result.putObject("step_milliseconds"));
  }
}
