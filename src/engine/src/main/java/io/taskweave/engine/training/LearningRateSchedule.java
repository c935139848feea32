package io.taskweave.engine.training;

import java.io.Serializable;

/** Learning rate from epoch to epoch. */
public sealed interface LearningRateSchedule extends Serializable {
  /**
   * Rate of the epoch after a finished one.
   *
   * @param rate learning rate of the finished epoch
   * @param finishedEpochs epochs finished so far, from 1
   * @param improved whether the finished epoch improved the mean validation AUC
   */
  double next(double rate, int finishedEpochs, boolean improved);

  /** The same rate throughout. */
  record Constant() implements LearningRateSchedule {
    @Override
    public double next(double rate, int finishedEpochs, boolean improved) {
      return rate;
    }
  }

  /**
   * Multiplies the rate after every {@code every} epochs.
   *
   * @param every number of epochs, positive
   * @param factor in (0, 1]
   */
  record Step(int every, double factor) implements LearningRateSchedule {
    @Override
    public double next(double rate, int finishedEpochs, boolean improved) {
      return finishedEpochs % every == 0 ? rate * factor : rate;
    }
  }

  /**
   * Multiplies the rate after every epoch without improvement.
   *
   * @param factor in (0, 1]
   * @param minimum the rate falls no further
   */
  record Plateau(double factor, double minimum) implements LearningRateSchedule {
    @Override
    public double next(double rate, int finishedEpochs, boolean improved) {
      return improved ? rate : Math.max(Math.min(rate, minimum), rate * factor);
    }
  }
}
