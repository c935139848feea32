package io.taskweave.engine.sharded;

import java.io.Serializable;

/**
 * What one step gave.
 *
 * @param lossByTask sums over the batch
 */
@SuppressWarnings("ArrayRecordComponent")
record StepResult(double[] lossByTask, double seconds) implements Serializable {
  /**
   * @param losses of executors and their threads, in their order
   */
  static StepResult of(Iterable<double[][]> losses, double seconds) {
    double[] sum = null;
    for (double[][] executor : losses) {
      for (double[] thread : executor) {
        if (sum == null) {
          sum = new double[thread.length];
        }
        for (int task = 0; task < sum.length; task++) {
          sum[task] += thread[task];
        }
      }
    }
    return new StepResult(sum, seconds);
  }
}
