package io.taskweave.engine.sharded;

import java.io.Serializable;
import java.util.Arrays;

/**
 * What one step gave.
 *
 * @param lossByTask sums over the batch
 * @param sharedNorms norms of the tasks' gradients of the last shared layer; 0 where nobody asks
 */
@SuppressWarnings("ArrayRecordComponent")
record StepResult(double[] lossByTask, double[] sharedNorms, double seconds)
    implements Serializable {
  /**
   * @param losses of executors and their threads, in their order
   * @param sharedSquares of executors
   */
  static StepResult of(
      Iterable<double[][]> losses, Iterable<double[]> sharedSquares, double seconds) {
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
    double[] norms = new double[sum.length];
    for (double[] executor : sharedSquares) {
      for (int task = 0; task < norms.length; task++) {
        norms[task] += executor[task];
      }
    }
    Arrays.setAll(norms, task -> Math.sqrt(norms[task]));
    return new StepResult(sum, norms, seconds);
  }
}
