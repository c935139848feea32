package io.taskweave.engine.training;

import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;

/**
 * What one pass of the model is to a burst, sent as a property of its jobs.
 *
 * @param place of the step in its burst, from 0; -1 outside of bursts
 * @param probedTask the task whose gradient alone the pass computes; -1 for a step of training
 * @param counts whether the updates of the step are averaged
 */
record BurstPass(int place, int probedTask, boolean counts) {
  static final BurstPass NONE = new BurstPass(-1, -1, false);

  private static final String PLACE = "taskweave.burst-place";
  private static final String PROBED_TASK = "taskweave.probed-task";
  private static final String COUNTS = "taskweave.burst-counts";

  /** Whether the gradient is to be measured. */
  boolean measured() {
    return place >= 0;
  }

  /** Whether the gradient is to be measured and nothing else. */
  boolean probe() {
    return probedTask >= 0;
  }

  /** Whether it is the first of its burst. */
  boolean starts() {
    return place == 0 && probedTask == 0;
  }

  void send(SparkContext context) {
    context.setLocalProperty(PLACE, Integer.toString(place));
    context.setLocalProperty(PROBED_TASK, Integer.toString(probedTask));
    context.setLocalProperty(COUNTS, Boolean.toString(counts));
  }

  static BurstPass received() {
    TaskContext context = TaskContext.get();
    if (context.getLocalProperty(PLACE) == null) {
      return NONE;
    }
    return new BurstPass(
        Integer.parseInt(context.getLocalProperty(PLACE)),
        Integer.parseInt(context.getLocalProperty(PROBED_TASK)),
        Boolean.parseBoolean(context.getLocalProperty(COUNTS)));
  }
}
