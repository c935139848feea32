package io.taskweave.engine.training;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;

/** A step as properties of its jobs, which is how tasks of BigDL's optimizer hear of it. */
final class SentStep {
  private static final String STEP = "taskweave.step";
  private static final String EPOCH = "taskweave.epoch";
  private static final String STEP_IN_EPOCH = "taskweave.step-in-epoch";
  private static final String LEARNING_RATE = "taskweave.learning-rate";
  private static final String WEIGHTS = "taskweave.batch-weights";
  private static final String LOSS_WEIGHTS = "taskweave.loss-weights";

  private SentStep() {}

  static void send(StepProperties step, SparkContext context) {
    context.setLocalProperty(STEP, Long.toString(step.step()));
    context.setLocalProperty(EPOCH, Integer.toString(step.epoch()));
    context.setLocalProperty(STEP_IN_EPOCH, Integer.toString(step.stepInEpoch()));
    context.setLocalProperty(LEARNING_RATE, Double.toString(step.learningRate()));
    context.setLocalProperty(WEIGHTS, text(step.weightByTask()));
    context.setLocalProperty(LOSS_WEIGHTS, text(step.lossWeights()));
  }

  private static String text(double[] values) {
    return Arrays.stream(values).mapToObj(Double::toString).collect(Collectors.joining(","));
  }

  private static double[] values(String text) {
    return Arrays.stream(text.split(",", -1)).mapToDouble(Double::parseDouble).toArray();
  }

  static StepProperties received() {
    TaskContext context = TaskContext.get();
    return new StepProperties(
        Long.parseLong(context.getLocalProperty(STEP)),
        Integer.parseInt(context.getLocalProperty(EPOCH)),
        Integer.parseInt(context.getLocalProperty(STEP_IN_EPOCH)),
        0,
        Integer.parseInt(context.getLocalProperty(STEP_IN_EPOCH)),
        Double.parseDouble(context.getLocalProperty(LEARNING_RATE)),
        values(context.getLocalProperty(WEIGHTS)),
        values(context.getLocalProperty(LOSS_WEIGHTS)));
  }
}
