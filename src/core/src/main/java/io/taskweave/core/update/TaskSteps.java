package io.taskweave.core.update;

/** Hears which part each task has in a step; what nobody hears of costs nothing. */
@FunctionalInterface
public interface TaskSteps {
  /**
   * The changes of consecutive weights.
   *
   * @param first index of the first of them among the weights that share this update, from 0
   * @param count number of weights
   * @param deltas [count, tasks] from 0 on: what each task adds to each weight, step weights
   *     included; to be read before the call returns
   */
  void steps(int first, int count, int tasks, float[] deltas);
}
