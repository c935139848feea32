package io.taskweave.engine.training;

import io.taskweave.engine.cluster.BlasSelfTest;
import io.taskweave.engine.cluster.TrainingMemory;
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
   * @param taskParameters those among them with a gradient a task
   * @param optimizer name of the update rule, and whether it is applied per task
   * @param stepsPerEpoch steps of an epoch
   * @param bytesPerSample memory of one training sample in an executor
   * @param stepsDone steps of the checkpoint that training goes on from; 0 if it starts anew
   */
  record Start(
      long rows,
      long validationRows,
      long parameters,
      long taskParameters,
      String optimizer,
      int stepsPerEpoch,
      double bytesPerSample,
      long stepsDone) {}

  /**
   * After a step.
   *
   * @param step number of the finished step, from 1
   * @param epoch from 1
   * @param learningRate of the step
   * @param samplesPerSecond real rows of the step over its time
   * @param lossByTask mean loss of the batch's labelled rows; 0 where it has none
   */
  record Step(
      long step,
      int stepsPerEpoch,
      int epoch,
      double learningRate,
      double samplesPerSecond,
      SortedMap<String, Double> lossByTask) {}

  /**
   * After an epoch.
   *
   * @param epoch from 1
   * @param step last step of the epoch
   * @param learningRate of the finished epoch
   * @param trainLossByTask mean over the epoch's steps that have labels of the task
   * @param validationLogLossByTask mean log loss of the validation samples, each of weight 1
   * @param meanAuc mean validation AUC over the tasks
   */
  record Epoch(
      int epoch,
      long step,
      double learningRate,
      SortedMap<String, Double> trainLossByTask,
      SortedMap<String, Double> validationAucByTask,
      SortedMap<String, Double> validationLogLossByTask,
      double meanAuc,
      boolean improved,
      double seconds) {}

  /** Before samples are loaded: what the training will need. */
  default void memory(TrainingMemory memory) {}

  /** Before the first step, the matrix products of each process that trains. */
  default void products(SortedMap<String, BlasSelfTest> byExecutor) {}

  default void start(Start start) {}

  default void step(Step step) {}

  default void epoch(Epoch epoch) {}

  /** After a checkpoint is complete. */
  default void checkpoint(Path folder) {}

  /** A listener that hands everything to this one and then to another. */
  default TrainingListener and(TrainingListener other) {
    TrainingListener first = this;
    return new TrainingListener() {
      @Override
      public void memory(TrainingMemory memory) {
        first.memory(memory);
        other.memory(memory);
      }

      @Override
      public void products(SortedMap<String, BlasSelfTest> byExecutor) {
        first.products(byExecutor);
        other.products(byExecutor);
      }

      @Override
      public void start(Start start) {
        first.start(start);
        other.start(start);
      }

      @Override
      public void step(Step step) {
        first.step(step);
        other.step(step);
      }

      @Override
      public void epoch(Epoch epoch) {
        first.epoch(epoch);
        other.epoch(epoch);
      }

      @Override
      public void checkpoint(Path folder) {
        first.checkpoint(folder);
        other.checkpoint(folder);
      }
    };
  }
}
