package io.taskweave.engine.training;

import io.taskweave.engine.cluster.BlasSelfTest;
import io.taskweave.engine.cluster.TrainingMemory;
import java.util.List;
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
   * @param stepsPerEpoch steps of an epoch, as many as the longest stream needs
   * @param evenStepsPerEpoch steps that would do if streams were equally long
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
      long evenStepsPerEpoch,
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

  /**
   * After an epoch, for each layer and table that several tasks share.
   *
   * @param epoch from 1
   * @param step last step of the epoch
   * @param measuredSteps steps up to the end of the epoch that the update averages are of
   * @param parameter name of the layer or table
   * @param elements measured elements that a task has moved
   * @param tasks those that reach it
   */
  record Dominance(
      int epoch,
      long step,
      int measuredSteps,
      String parameter,
      long elements,
      List<TaskShare> tasks) {}

  /**
   * A task's shares of the updates of some elements; NaN where there is no element.
   *
   * @param p10 percentile of the elements, likewise the next two
   * @param dominated part of the elements of which it has more than {@link
   *     io.taskweave.core.dominance.ShareSummary#DOMINATED_ABOVE}
   * @param histogram elements by the task's share, in equal bins of [0, 1]
   */
  record TaskShare(
      String task,
      double mean,
      double p10,
      double p50,
      double p90,
      double dominated,
      List<Long> histogram) {}

  /**
   * At the end of an epoch, where rows of tables come and go.
   *
   * @param step last step of the epoch
   */
  record Rows(long step, SortedMap<String, RowCounts> byTable) {}

  /**
   * The rows of a table.
   *
   * @param held rows that there are
   * @param waiting ids that were seen too seldom to have one
   * @param evicted rows that have left now
   */
  record RowCounts(long held, long waiting, long evicted) {
    public RowCounts plus(RowCounts other) {
      return new RowCounts(held + other.held, waiting + other.waiting, evicted + other.evicted);
    }
  }

  /** Before samples are loaded: what the training will need. */
  default void memory(TrainingMemory memory) {}

  /** Before the first step, the matrix products of each process that trains. */
  default void products(SortedMap<String, BlasSelfTest> byExecutor) {}

  default void start(Start start) {}

  /** After {@link #start}, where training does not go on from a checkpoint of its own. */
  default void warmStart(WarmStart warmStart) {}

  default void step(Step step) {}

  default void epoch(Epoch epoch) {}

  /** Before {@link #epoch}, after rows have left. */
  default void rows(Rows rows) {}

  /** Before {@link #epoch}, once for each layer and table. */
  default void dominance(Dominance dominance) {}

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
      public void warmStart(WarmStart warmStart) {
        first.warmStart(warmStart);
        other.warmStart(warmStart);
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
      public void rows(Rows rows) {
        first.rows(rows);
        other.rows(rows);
      }

      @Override
      public void dominance(Dominance dominance) {
        first.dominance(dominance);
        other.dominance(dominance);
      }

      @Override
      public void checkpoint(Path folder) {
        first.checkpoint(folder);
        other.checkpoint(folder);
      }
    };
  }
}
