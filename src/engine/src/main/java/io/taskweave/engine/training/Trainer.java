package io.taskweave.engine.training;

import org.apache.hadoop.fs.Path;

/**
 * Trains a model. The trainer owns the loop and its checkpoints: what it hands out are folders,
 * never weights, which may be larger than one process. What lies in a checkpoint is its own affair,
 * a file or a file a shard; only a trainer of the same kind reads it again.
 */
public interface Trainer {
  /**
   * Trains until the plan ends it, and leaves {@code best/} and {@code checkpoints/} in the run's
   * folder. Without {@code resume}, those of an earlier training are removed first.
   *
   * @param runFolder receives {@code checkpoints/step=<n>/} and {@code best/}
   * @param resume whether to go on from the last checkpoint of the folder, if there is one
   * @throws io.taskweave.core.error.ConfigurationException if plan and cluster do not fit
   * @throws io.taskweave.core.error.TrainingDivergedException if a loss is not finite
   * @throws io.taskweave.core.error.CheckpointException if the checkpoint is corrupt or of another
   *     plan
   * @throws io.taskweave.core.error.RetryException if an executor lost its state, which the last
   *     checkpoint still has
   */
  TrainingOutcome train(
      TrainingPlan plan,
      TrainingData data,
      Path runFolder,
      boolean resume,
      TrainingListener listener);
}
