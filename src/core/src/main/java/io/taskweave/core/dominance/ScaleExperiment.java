package io.taskweave.core.dominance;

import io.taskweave.core.update.Adam;
import io.taskweave.core.update.PlainTaskSteps;
import io.taskweave.core.update.SlotUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the scale of one task's loss does to the other task: two noisy quadratic losses over the
 * same 20 weights, minimised together by Adam and by AdaTask-Adam. Under Adam the task with the
 * larger loss takes over; under AdaTask the scale is of no effect.
 *
 * @param seed of the losses and of their noise, the same for all scales
 * @param steps at least 1
 */
public record ScaleExperiment(long seed, int steps) {
  public static final double LEARNING_RATE = 1e-2;
  public static final double DECAY = 0.99;
  private static final int POINTS = 100;

  /** How gradients become steps. */
  public enum Method {
    /** One step by the sum of the gradients. */
    ADAM,
    /** One step by each task's gradient. */
    ADATASK
  }

  /** Losses on the way, both without scale and noise. */
  public record Point(int step, double firstLoss, double secondLoss) {}

  /**
   * How an experiment went.
   *
   * @param scale factor of the second task's loss
   * @param firstLoss of the first task at the end
   * @param secondLoss of the second task at the end, without its scale
   * @param firstShare median over weights of the first task's share of the updates
   * @param trajectory from step 0 to the last
   */
  public record Outcome(
      Method method,
      double scale,
      double firstLoss,
      double secondLoss,
      double firstShare,
      List<Point> trajectory) {}

  public ScaleExperiment {
    if (steps < 1) {
      throw new IllegalArgumentException(
          "Cannot run the experiment: need at least one step (" + steps + ")");
    }
  }

  /** Runs one method at one scale, which is positive. */
  public Outcome run(Method method, double scale) {
    ConflictingTasks tasks = new ConflictingTasks(seed, scale);
    float[] weights = new float[ConflictingTasks.WEIGHTS];
    UpdateAverages averages =
        new UpdateAverages(ConflictingTasks.TASKS, ConflictingTasks.WEIGHTS, DECAY);
    Stepper stepper = method == Method.ADAM ? new Plain(averages) : new PerTask(averages);
    float[] gradients = new float[weights.length * ConflictingTasks.TASKS];
    List<Point> trajectory = new ArrayList<>(List.of(point(tasks, 0, weights)));
    int every = Math.max(1, steps / POINTS);
    for (int step = 1; step <= steps; step++) {
      tasks.gradients(weights, step, gradients);
      stepper.step(weights, gradients, step);
      if (step % every == 0 || step == steps) {
        trajectory.add(point(tasks, step, weights));
      }
    }
    Point end = trajectory.get(trajectory.size() - 1);
    return new Outcome(
        method,
        scale,
        end.firstLoss(),
        end.secondLoss(),
        medianShareOfFirst(averages),
        List.copyOf(trajectory));
  }

  private static Point point(ConflictingTasks tasks, int step, float[] weights) {
    return new Point(step, tasks.loss(0, weights), tasks.loss(1, weights));
  }

  private static double medianShareOfFirst(UpdateAverages averages) {
    double[] shares = new double[averages.tasks()];
    double[] ofFirst = new double[averages.elements()];
    for (int element = 0; element < ofFirst.length; element++) {
      averages.shares(element, shares);
      ofFirst[element] = shares[0];
    }
    Arrays.sort(ofFirst);
    int middle = ofFirst.length / 2;
    return (ofFirst[middle - 1] + ofFirst[middle]) / 2;
  }

  private interface Stepper {
    void step(float[] weights, float[] gradients, int step);
  }

  private static final class Plain implements Stepper {
    private final SlotUpdate update = new SlotUpdate(Adam.DEFAULT, ConflictingTasks.TASKS);
    private final float[][] moments = new float[2][ConflictingTasks.WEIGHTS];
    private final PlainTaskSteps parts =
        new PlainTaskSteps(
            Adam.DEFAULT,
            ConflictingTasks.TASKS,
            IntStream.range(0, ConflictingTasks.WEIGHTS).toArray());
    private final UpdateAverages averages;

    Plain(UpdateAverages averages) {
      this.averages = averages;
    }

    @Override
    public void step(float[] weights, float[] gradients, int step) {
      update.combined(weights, 0, gradients, 0, moments, 0, weights.length, LEARNING_RATE, step);
      parts.observe(gradients, 0, moments[1], 0, LEARNING_RATE, step, averages);
    }
  }

  private static final class PerTask implements Stepper {
    private final SlotUpdate update = new SlotUpdate(Adam.DEFAULT, ConflictingTasks.TASKS);
    private final float[][] moments =
        new float[2][ConflictingTasks.WEIGHTS * ConflictingTasks.TASKS];
    private final UpdateAverages averages;

    PerTask(UpdateAverages averages) {
      this.averages = averages;
    }

    @Override
    public void step(float[] weights, float[] gradients, int step) {
      update.perTask(
          weights,
          0,
          gradients,
          0,
          moments,
          0,
          weights.length,
          LEARNING_RATE,
          step,
          new float[0],
          averages);
    }
  }
}
