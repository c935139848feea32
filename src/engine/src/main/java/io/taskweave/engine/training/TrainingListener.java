package io.taskweave.engine.training;

import java.util.SortedMap;
import org.apache.hadoop.fs.Path;

/** Hears of the progress of a training, on the driver and in order. */
public interface TrainingListener {
  TrainingListener NONE = new TrainingListener() {};

  /**
   * Before the first step.
   *
   * @param rows training samples
   * @param validationRows validation samples
   * @param parameters elements of all weights
   * @param stepsPerEpoch steps of an epoch
   * @param bytesPerSample memory of one training sample in an executor
   */
  record Start(
      long rows, long validationRows, long parameters, int stepsPerEpoch, double bytesPerSample) {}

  /**
   * After a step.
   *
   * @param step number of the finished step, from 1
   * @param epoch from 1
   * @param samplesPerSecond real rows of the step over its time
   * @param lossByTask mean loss of the batch's labelled rows; 0 where it has none
   */
  record Step(
      long step,
      int stepsPerEpoch,
      int epoch,
      double samplesPerSecond,
      SortedMap<String, Double> lossByTask) {}

  /**
   * After an epoch.
   *
   * @param epoch from 1
   * @param learningRate of the finished epoch
   * @param trainLossByTask mean over the epoch's steps that have labels of the task
   * @param meanAuc mean validation AUC over the tasks
   */
  record Epoch(
      int epoch,
      double learningRate,
      SortedMap<String, Double> trainLossByTask,
      SortedMap<String, Double> validationAucByTask,
      SortedMap<String, Double> validationLogLossByTask,
      double meanAuc,
      boolean improved,
      double seconds) {}

  default void start(Start start) {}

  default void step(Step step) {}

  default void epoch(Epoch epoch) {}

  /** After a checkpoint is complete. */
  default void checkpoint(Path folder) {}
}
