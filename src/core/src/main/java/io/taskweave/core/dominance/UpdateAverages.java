package io.taskweave.core.dominance;

import io.taskweave.core.update.TaskSteps;
import java.util.Arrays;

/**
 * How much each task moves each element: AU_t = decay AU_t + (1 - decay) (step of task t)^2, from 0
 * (Yang et al., AAAI 2023, whose abstract names the measure; decay and start are ours). The share
 * of a task, rAU_t = AU_t / sum over tasks, needs no correction of the start, which cancels.
 */
public final class UpdateAverages implements TaskSteps {
  private final double decay;
  // Doubles: averages of rare elements fall by decay at every step, below what a float can hold.
  private final double[][] byTask;

  /**
   * @param tasks number of tasks
   * @param elements number of elements
   * @param decay in [0, 1)
   */
  public UpdateAverages(int tasks, int elements, double decay) {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException(
          "Cannot average updates: decay must lie in [0, 1) (" + decay + ")");
    }
    this.decay = decay;
    this.byTask = new double[tasks][elements];
  }

  public int tasks() {
    return byTask.length;
  }

  public int elements() {
    return byTask[0].length;
  }

  /** Makes room for more elements, which nothing has moved yet. */
  public void reserve(int elements) {
    for (int task = 0; task < byTask.length; task++) {
      byTask[task] = Arrays.copyOf(byTask[task], elements);
    }
  }

  /** Takes steps in which no task moves an element. */
  public void rest(int element, int steps) {
    double kept = Math.pow(decay, steps);
    for (double[] averages : byTask) {
      averages[element] *= kept;
    }
  }

  /** Takes a task's part of one step of an element; once a step, for a part of 0 as well. */
  public void add(int task, int element, double step) {
    byTask[task][element] = decay * byTask[task][element] + (1 - decay) * (step * step);
  }

  /** Takes the parts of one step of the elements {@code first} to {@code first + count}. */
  @Override
  public void steps(int first, int count, int tasks, float[] deltas) {
    for (int i = 0; i < count; i++) {
      for (int task = 0; task < tasks; task++) {
        add(task, first + i, deltas[i * tasks + task]);
      }
    }
  }

  public double average(int task, int element) {
    return byTask[task][element];
  }

  /**
   * Writes each task's share of an element; they sum to 1.
   *
   * @param shares receives a value for each task
   * @return false, with {@code shares} as they were, if no task ever moved the element
   */
  public boolean shares(int element, double[] shares) {
    double sum = 0;
    for (double[] averages : byTask) {
      sum += averages[element];
    }
    if (sum == 0) {
      return false;
    }
    for (int task = 0; task < byTask.length; task++) {
      shares[task] = byTask[task][element] / sum;
    }
    return true;
  }
}
