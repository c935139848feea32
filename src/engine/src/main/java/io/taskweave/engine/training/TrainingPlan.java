package io.taskweave.engine.training;

import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.TableDecay;
import java.io.Serializable;

/**
 * What to train and how; together with the samples it decides the weights.
 *
 * @param layout fields and tasks of the samples
 * @param model shape of the model
 * @param seed decides initial weights, the order of samples and dropout
 * @param batchSize rows of a global batch; a multiple of {@code streams}
 * @param maxEpochs at most so many passes over the training samples
 * @param streams number of streams of the samples; a multiple of executors times cores
 * @param learningRate of the first epoch
 * @param adam the update rule
 * @param decay L2 term of the embedding tables
 * @param clipNorm largest norm of the whole gradient, L2 term included; 0 for no clipping
 * @param schedule learning rate of later epochs
 * @param patience training stops at this many epochs in a row without improvement
 * @param minImprovement smallest gain of the mean validation AUC that counts as one
 * @param checkpointsKept number of latest checkpoints that stay, at least 1
 */
public record TrainingPlan(
    SampleLayout layout,
    ModelSpec model,
    long seed,
    int batchSize,
    int maxEpochs,
    int streams,
    double learningRate,
    Adam adam,
    TableDecay decay,
    double clipNorm,
    LearningRateSchedule schedule,
    int patience,
    double minImprovement,
    int checkpointsKept)
    implements Serializable {
  /** Gain of the mean validation AUC below which an epoch has not improved. */
  public static final double DEFAULT_MIN_IMPROVEMENT = 1e-6;
}
