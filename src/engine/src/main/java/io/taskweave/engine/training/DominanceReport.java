package io.taskweave.engine.training;

import io.taskweave.core.dominance.MeasuredGroups;
import io.taskweave.core.dominance.ShareSummary;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.engine.training.TrainingListener.TaskShare;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** The driver's side of measuring dominance: when it is measured, and what came out. */
public final class DominanceReport {
  private final List<String> tasks;
  private final MeasuredGroups groups;
  private final boolean measured;
  private final Burst burst;
  private final TrainingListener listener;

  public DominanceReport(
      TrainingPlan plan, ParameterLayout parameters, int stepsPerEpoch, TrainingListener listener) {
    this.tasks = plan.layout().tasks();
    this.groups = MeasuredGroups.of(parameters);
    boolean wanted = plan.dominance().enabled() && !groups.names().isEmpty();
    this.burst =
        wanted && !plan.alwaysMeasured()
            ? Burst.of(plan.dominance(), tasks.size(), stepsPerEpoch)
            : Burst.NONE;
    this.measured = wanted && (plan.alwaysMeasured() || burst.length() > 0);
    this.listener = listener;
  }

  public boolean measured() {
    return measured;
  }

  public Burst burst() {
    return burst;
  }

  /**
   * What one part of a training has measured.
   *
   * @param steps that it has averaged
   * @param summaries one a group, in the order of {@link MeasuredGroups}
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Part(int steps, ShareSummary[] summaries) implements Serializable {}

  /** Tells the listener of the epoch whose steps have just ended. */
  public void write(TrainingCourse course, List<Part> parts) {
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
              parts.get(0).steps(),
              groups.names().get(group),
              whole[group].elements(),
              shares(whole[group], groups.tasks(group))));
    }
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
