package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Where the time of tasks goes, by the place in the code that their job was started from. */
final class TaskCosts extends SparkListener {
  private static final double NANOS = 1e-6;

  private final Map<Integer, String> placeByStage = new ConcurrentHashMap<>();
  private final Map<String, Sum> sums = new ConcurrentHashMap<>();

  /** Of all tasks of a place. */
  private static final class Sum {
    private int tasks;
    private double unpacking;
    private double unpackingProcessor;
    private double running;
    private double runningProcessor;
    private double whole;

    synchronized void add(TaskMetrics task, long milliseconds) {
      tasks++;
      unpacking += task.executorDeserializeTime();
      unpackingProcessor += task.executorDeserializeCpuTime() * NANOS;
      running += task.executorRunTime();
      runningProcessor += task.executorCpuTime() * NANOS;
      whole += milliseconds;
    }

    synchronized void describe(ObjectNode result) {
      result.put("tasks", tasks);
      result.put("unpacking", unpacking / tasks);
      result.put("unpacking_processor", unpackingProcessor / tasks);
      result.put("running", running / tasks);
      result.put("running_processor", runningProcessor / tasks);
      result.put("from_launch_to_end", whole / tasks);
    }
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted stage) {
    placeByStage.put(stage.stageInfo().stageId(), stage.stageInfo().name());
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd task) {
    if (task.taskMetrics() != null) {
      String place = placeByStage.getOrDefault(task.stageId(), "unknown");
      sums.computeIfAbsent(place, any -> new Sum())
          .add(task.taskMetrics(), task.taskInfo().duration());
    }
  }

  /**
   * Mean milliseconds of a task.
   *
   * @param fewest places with fewer tasks are left out
   */
  void describe(int fewest, ObjectNode result) {
    new TreeMap<>(sums)
        .forEach(
            (place, sum) -> {
              if (sum.tasks >= fewest) {
                sum.describe(result.putObject(place));
              }
            });
  }
}
