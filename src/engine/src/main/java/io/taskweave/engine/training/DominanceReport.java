package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.optim.DistriOptimizer;
import io.taskweave.core.dominance.MeasuredElements;
import io.taskweave.core.dominance.ShareSummary;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.engine.training.TrainingListener.TaskShare;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/** The driver's side of measuring dominance: when it is measured, and what came out. */
final class DominanceReport {
  private final List<String> tasks;
  private final MeasuredElements elements;
  private final boolean measured;
  private final Burst burst;
  private final TrainingListener listener;

  DominanceReport(
      TrainingPlan plan, SlotLayout layout, int stepsPerEpoch, TrainingListener listener) {
    this.tasks = plan.layout().tasks();
    this.elements = MeasuredElements.of(layout, plan.seed(), plan.dominance().sample());
    boolean wanted = plan.dominance().enabled() && elements.count() > 0;
    this.burst =
        wanted && !plan.alwaysMeasured()
            ? Burst.of(plan.dominance(), tasks.size(), stepsPerEpoch)
            : Burst.NONE;
    this.measured = wanted && (plan.alwaysMeasured() || burst.length() > 0);
    this.listener = listener;
  }

  Burst burst() {
    return burst;
  }

  /** What one partition has measured. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Part(int measuredSteps, ShareSummary[] summaries) implements Serializable {}

  /** Tells the listener of the epoch whose steps have just ended. */
  void write(TrainingCourse course, JavaRDD<DistriOptimizer.Cache<Float>> models) {
    if (!measured) {
      return;
    }
    List<Part> parts = parts(models);
    ShareSummary[] whole = parts.get(0).summaries();
    for (Part part : parts.subList(1, parts.size())) {
      for (int group = 0; group < whole.length; group++) {
        whole[group].merge(part.summaries()[group]);
      }
    }
    int epoch = Math.toIntExact(course.step() / course.stepsPerEpoch());
    for (int group = 0; group < whole.length; group++) {
      listener.dominance(
          new TrainingListener.Dominance(
              epoch,
              course.step(),
              parts.get(0).measuredSteps(),
              elements.groups().get(group),
              whole[group].elements(),
              shares(whole[group], elements.tasks(group))));
    }
  }

  private static List<Part> parts(JavaRDD<DistriOptimizer.Cache<Float>> models) {
    return models
        .mapPartitions(
            caches -> {
              AdaTaskOptimMethod method =
                  (AdaTaskOptimMethod) caches.next().optimMethods().apply(ModelModule.NAME);
              DominanceMeter meter = method.meter();
              return List.of(new Part(meter.measuredSteps(), meter.summaries())).iterator();
            })
        .collect();
  }

  private List<TaskShare> shares(ShareSummary summary, BitSet reaching) {
    List<TaskShare> shares = new ArrayList<>();
    for (int task = reaching.nextSetBit(0); task >= 0; task = reaching.nextSetBit(task + 1)) {
      shares.add(
          new TaskShare(
              tasks.get(task),
              summary.mean(task),
              summary.percentile(task, 10),
              summary.percentile(task, 50),
              summary.percentile(task, 90),
              summary.dominated(task),
              Arrays.stream(summary.histogram(task)).boxed().toList()));
    }
    return List.copyOf(shares);
  }
}
