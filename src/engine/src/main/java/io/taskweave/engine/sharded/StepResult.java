package io.taskweave.engine.sharded;

import java.util.Arrays;
import java.util.List;

/**
 * What one step gave.
 *
 * @param lossByTask sums over the batch
 * @param sharedNorms norms of the tasks' gradients of the last shared layer; 0 where nobody asks
 * @param seconds that it took
 */
@SuppressWarnings("ArrayRecordComponent")
record StepResult(double[] lossByTask, double[] sharedNorms, double seconds) {
  /**
   * @param parts of all executors, in their order
   */
  static StepResult of(List<StepPart> parts) {
    int tasks = parts.get(0).sharedSquares().length;
    double[] losses = new double[tasks];
    double[] norms = new double[tasks];
    double seconds = 0;
    for (StepPart part : parts) {
      for (int task = 0; task < tasks; task++) {
        for (double[] thread : part.losses()) {
          losses[task] += thread[task];
        }
        norms[task] += part.sharedSquares()[task];
      }
      seconds = Math.max(seconds, part.seconds());
    }
    Arrays.setAll(norms, task -> Math.sqrt(norms[task]));
    return new StepResult(losses, norms, seconds);
  }

  /**
   * @param seconds of its job that belong to no step
   */
  StepResult withShare(double seconds) {
    return new StepResult(lossByTask, sharedNorms, this.seconds + seconds);
  }
}
