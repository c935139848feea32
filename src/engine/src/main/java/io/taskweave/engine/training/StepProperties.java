package io.taskweave.engine.training;

import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;

/**
 * What a step's tasks must know, sent as properties of its jobs: a task that runs twice sees the
 * same step, which a counter of calls would not give.
 *
 * @param step number of the step in the training, from 1
 * @param epoch from 1
 * @param stepInEpoch from 0
 * @param weightByTask weight of the batch's labelled rows over the whole cluster
 * @param lossWeights weight of each task's loss
 */
@SuppressWarnings("ArrayRecordComponent")
public record StepProperties(
    long step,
    int epoch,
    int stepInEpoch,
    double learningRate,
    double[] weightByTask,
    double[] lossWeights)
    implements Serializable {
  private static final String STEP = "taskweave.step";
  private static final String EPOCH = "taskweave.epoch";
  private static final String STEP_IN_EPOCH = "taskweave.step-in-epoch";
  private static final String LEARNING_RATE = "taskweave.learning-rate";
  private static final String WEIGHTS = "taskweave.batch-weights";
  private static final String LOSS_WEIGHTS = "taskweave.loss-weights";

  void send(SparkContext context) {
    context.setLocalProperty(STEP, Long.toString(step));
    context.setLocalProperty(EPOCH, Integer.toString(epoch));
    context.setLocalProperty(STEP_IN_EPOCH, Integer.toString(stepInEpoch));
    context.setLocalProperty(LEARNING_RATE, Double.toString(learningRate));
    context.setLocalProperty(WEIGHTS, text(weightByTask));
    context.setLocalProperty(LOSS_WEIGHTS, text(lossWeights));
  }

  private static String text(double[] values) {
    return Arrays.stream(values).mapToObj(Double::toString).collect(Collectors.joining(","));
  }

  private static double[] values(String text) {
    return Arrays.stream(text.split(",", -1)).mapToDouble(Double::parseDouble).toArray();
  }

  /** The same step with the losses of the other tasks left out. */
  StepProperties only(int task) {
    double[] weights = new double[lossWeights.length];
    weights[task] = lossWeights[task];
    return new StepProperties(step, epoch, stepInEpoch, learningRate, weightByTask, weights);
  }

  static StepProperties received() {
    TaskContext context = TaskContext.get();
    return new StepProperties(
        Long.parseLong(context.getLocalProperty(STEP)),
        Integer.parseInt(context.getLocalProperty(EPOCH)),
        Integer.parseInt(context.getLocalProperty(STEP_IN_EPOCH)),
        Double.parseDouble(context.getLocalProperty(LEARNING_RATE)),
        values(context.getLocalProperty(WEIGHTS)),
        values(context.getLocalProperty(LOSS_WEIGHTS)));
  }
}
