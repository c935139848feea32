package io.taskweave.engine.training;

import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import java.io.Serializable;
import java.util.Iterator;

/**
 * Counts of scores by class and task, and sums of losses. Scores of the same upper 20 bits count as
 * ties, that is, those within a part in 2,048 of each other: the AUC is exact up to half the share
 * of pairs of a positive and a negative that fall into one bin.
 */
final class Validation implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int DROPPED_BITS = 12;
  private static final int BINS = (Float.floatToIntBits(1f) >>> DROPPED_BITS) + 1;

  private final long[][] negatives;
  private final long[][] positives;
  private final double[] losses;
  private final double[] weights;

  Validation(int tasks) {
    negatives = new long[tasks][BINS];
    positives = new long[tasks][BINS];
    losses = new double[tasks];
    weights = new double[tasks];
  }

  static Validation of(ModelSpec spec, float[] values, Iterator<SampleBlock> blocks, int tasks) {
    Validation validation = new Validation(tasks);
    MultiTaskModel model = null;
    while (blocks.hasNext()) {
      SampleBlock block = blocks.next();
      if (model == null) {
        model = spec.create(block.layout());
      }
      SampleBatch batch = SampleBatch.all(block);
      float[] logits = new float[tasks * batch.count()];
      model.score(ParameterStorage.flat(model.parameters(), values, 0), batch, logits);
      validation.add(batch, logits);
    }
    return validation;
  }

  void add(SampleBatch batch, float[] logits) {
    LogLoss.addLosses(batch, logits, losses);
    LogLoss.addWeights(batch, weights);
    for (int task = 0; task < losses.length; task++) {
      for (int i = 0; i < batch.count(); i++) {
        byte label = batch.block().labels(task)[batch.rows()[i]];
        float score = (float) LogLoss.probability(logits[task * batch.count() + i]);
        if (label != SampleBlock.MISSING && !Float.isNaN(score)) {
          (label == 1 ? positives : negatives)
              [task][Float.floatToIntBits(score) >>> DROPPED_BITS]++;
        }
      }
    }
  }

  Validation merge(Validation other) {
    for (int task = 0; task < losses.length; task++) {
      losses[task] += other.losses[task];
      weights[task] += other.weights[task];
      for (int bin = 0; bin < BINS; bin++) {
        negatives[task][bin] += other.negatives[task][bin];
        positives[task][bin] += other.positives[task][bin];
      }
    }
    return this;
  }

  /** Probability that a positive scores above a negative, ties half; NaN without both. */
  double auc(int task) {
    double wins = 0;
    long below = 0;
    long all = 0;
    for (int bin = 0; bin < BINS; bin++) {
      wins += positives[task][bin] * (below + negatives[task][bin] / 2.0);
      below += negatives[task][bin];
      all += positives[task][bin];
    }
    return wins / ((double) below * all);
  }

  double logLoss(int task) {
    return losses[task] / weights[task];
  }
}
