package io.taskweave.core.loss;

import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;

/**
 * Binary cross-entropy of logits, one loss a task. A row counts with its weight; a row without a
 * label of a task takes no part in that task's loss. Arrays of logits are [tasks, count].
 */
public final class LogLoss {
  private LogLoss() {}

  /** -log of the probability that the logit gives to the label; finite for every finite logit. */
  public static double loss(double logit, boolean positive) {
    return Math.max(logit, 0) - (positive ? logit : 0) + Math.log1p(Math.exp(-Math.abs(logit)));
  }

  /** The logistic function, without overflow. */
  public static double probability(double logit) {
    if (logit >= 0) {
      return 1 / (1 + Math.exp(-logit));
    }
    double odds = Math.exp(logit);
    return odds / (1 + odds);
  }

  /** Adds, for each task, the weights of the rows that have its label. */
  public static void addWeights(SampleBatch batch, double[] weightByTask) {
    SampleBlock block = batch.block();
    for (int task = 0; task < weightByTask.length; task++) {
      byte[] labels = block.labels(task);
      double sum = 0;
      for (int i = 0; i < batch.count(); i++) {
        int row = batch.rows()[i];
        if (labels[row] != SampleBlock.MISSING) {
          sum += block.weights()[row];
        }
      }
      weightByTask[task] += sum;
    }
  }

  /** Adds, for each task, the weighted losses of the rows that have its label. */
  public static void addLosses(SampleBatch batch, float[] logits, double[] lossByTask) {
    SampleBlock block = batch.block();
    int count = batch.count();
    for (int task = 0; task < lossByTask.length; task++) {
      byte[] labels = block.labels(task);
      double sum = 0;
      for (int i = 0; i < count; i++) {
        int row = batch.rows()[i];
        float weight = block.weights()[row];
        if (labels[row] != SampleBlock.MISSING && weight != 0) {
          sum += weight * loss(logits[task * count + i], labels[row] == 1);
        }
      }
      lossByTask[task] += sum;
    }
  }

  /**
   * Writes the derivative of factor x weighted loss by each logit; 0 where the label is missing.
   *
   * @param factorByTask usually 1 / (weight of the labelled rows of the whole batch), times the
   *     task's weight in the sum
   * @param logitGradients receives [tasks, count]
   */
  public static void gradient(
      SampleBatch batch, float[] logits, float[] factorByTask, float[] logitGradients) {
    SampleBlock block = batch.block();
    int count = batch.count();
    for (int task = 0; task < factorByTask.length; task++) {
      byte[] labels = block.labels(task);
      for (int i = 0; i < count; i++) {
        int row = batch.rows()[i];
        float weight = block.weights()[row];
        int place = task * count + i;
        if (labels[row] == SampleBlock.MISSING || weight == 0) {
          logitGradients[place] = 0;
        } else {
          double error = probability(logits[place]) - labels[row];
          logitGradients[place] = (float) (factorByTask[task] * weight * error);
        }
      }
    }
  }
}
