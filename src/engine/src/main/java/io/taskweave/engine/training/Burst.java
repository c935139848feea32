package io.taskweave.engine.training;

import java.io.Serializable;

/**
 * The last steps of each epoch, at which every task's gradient is measured: before such a step, the
 * same batch goes through the model once for each task but the last, with the losses of the other
 * tasks left out. What is left of the step's own gradient is that of the last task.
 *
 * @param length steps of a burst; 0 for none
 * @param stepsPerEpoch steps of an epoch
 */
public record Burst(int length, int stepsPerEpoch) implements Serializable {
  static final Burst NONE = new Burst(0, Integer.MAX_VALUE);

  /**
   * As long as the plan wants it and the time allows it, which may be no step.
   *
   * @param tasks of the model, at least 2
   */
  static Burst of(DominancePlan plan, int tasks, int stepsPerEpoch) {
    int affordable = (int) (DominancePlan.EXTRA_TIME * stepsPerEpoch / (tasks - 1));
    int length = Math.min(plan.burstSteps(), affordable);
    return new Burst(Math.min(length, stepsPerEpoch), stepsPerEpoch);
  }

  /** A step's place in the burst of its epoch, from 0; -1 outside. */
  public int place(int stepInEpoch) {
    return Math.max(-1, stepInEpoch - (stepsPerEpoch - length));
  }

  /**
   * Steps in which the means of the tasks' gradients come to stand: half of those left. Fewer are
   * left to a training that goes on from a checkpoint within the burst, which begins anew.
   *
   * @param place first step that is measured, in the burst
   */
  public int warmUp(int place) {
    return (length - place) / 2;
  }
}
