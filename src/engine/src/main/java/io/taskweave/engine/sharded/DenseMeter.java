package io.taskweave.engine.sharded;

import io.taskweave.core.dominance.MeasuredElements;
import io.taskweave.core.dominance.SampledSteps;
import io.taskweave.core.dominance.ShareSummary;
import io.taskweave.core.dominance.UpdateAverages;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.core.update.PlainTaskSteps;
import io.taskweave.core.update.TaskSteps;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What each task moves in the measured dense weights that one executor updates. Where every task
 * takes its own step, {@link #steps} hears of them; where a rule takes one step for all, the meter
 * has each task's gradient of the measured weights.
 */
final class DenseMeter {
  private static final TaskSteps UNHEARD = (first, count, tasks, deltas) -> {};

  private final ShardedPlan plan;
  private final int tasks;
  private final MeasuredElements elements;
  private final int[] starts;
  private final int first;
  private final int[] own;
  private final float[][] probes;
  private final float[] gradients;
  private final float[] squares;
  private PlainTaskSteps parts;
  private UpdateAverages averages;
  private SampledSteps steps;

  /**
   * @param executor number of this executor
   */
  DenseMeter(ShardedPlan plan, DenseLayout layout, int executor) {
    this.plan = plan;
    this.tasks = plan.tasks();
    this.elements =
        MeasuredElements.of(
            SlotLayout.summed(layout.parameters(), 1),
            plan.training().seed(),
            plan.training().dominance().sample());
    this.starts = new int[plan.executors() + 1];
    for (int i = 0; i < plan.executors(); i++) {
      DenseSlice slice = DenseSlice.whole(layout).part(i, plan.executors());
      starts[i] = elements.firstFrom(layout.tasks() > 1 ? slice.sharedFrom() : slice.singleFrom());
    }
    starts[plan.executors()] = elements.count();
    this.first = starts[executor];
    int count = starts[executor + 1] - first;
    this.own = IntStream.range(first, first + count).map(elements::place).toArray();
    boolean apart = !plan.perTask();
    this.probes = new float[tasks - 1][apart ? elements.count() : 0];
    this.gradients = new float[apart ? count * tasks : 0];
    this.squares = new float[apart ? count : 0];
  }

  /**
   * Bytes of one executor's meter.
   *
   * @param all measured elements
   * @param own those among them that the executor updates
   */
  static long bytes(ShardedPlan plan, long all, long own) {
    long tasks = plan.tasks();
    // Place and group of all. Of its own: the place thrice, and an average a task.
    long bytes = all * 2 * Integer.BYTES + own * (3L * Integer.BYTES + tasks * Double.BYTES);
    // And where a rule gets the sum: probes of all, and gradient, numerator, change, and square.
    return plan.perTask()
        ? bytes
        : bytes + all * Float.BYTES * (tasks - 1) + own * Float.BYTES * (3L * tasks + 1);
  }

  /** Forgets what was measured and begins anew. */
  void start() {
    averages = new UpdateAverages(tasks, own.length, plan.training().dominance().decay());
    steps = new SampledSteps(own, averages);
    if (!plan.perTask()) {
      parts = new PlainTaskSteps(plan.rule(), tasks, IntStream.range(0, own.length).toArray());
    }
  }

  /** To hear of the steps of the weights from one on, each by its tasks' own. */
  TaskSteps steps(int from) {
    return (index, count, ofTasks, deltas) -> steps.steps(from + index, count, ofTasks, deltas);
  }

  /** Takes this executor's gradient of one task. */
  void takeProbe(int task, float[] gradient) {
    for (int i = 0; i < elements.count(); i++) {
      probes[task][i] = gradient[elements.place(i)];
    }
  }

  /** Bytes of what another executor's meter gets. */
  long probeBytes(int executor) {
    return (long) Float.BYTES * (tasks - 1) * (starts[executor + 1] - starts[executor]);
  }

  void writeProbes(int executor, FloatBuffer target) {
    for (float[] probe : probes) {
      target.put(probe, starts[executor], starts[executor + 1] - starts[executor]);
    }
  }

  /** Adds what another executor has of the weights that are measured here. */
  void addProbes(FloatBuffer sent) {
    for (float[] probe : probes) {
      for (int i = first; i < first + own.length; i++) {
        probe[i] += sent.get();
      }
    }
  }

  /** Takes the sum over all tasks; what the probed ones have not is the last one's. */
  void takeSum(float[] gradient) {
    for (int i = 0; i < own.length; i++) {
      float rest = gradient[own[i]];
      for (int task = 0; task < tasks - 1; task++) {
        gradients[i * tasks + task] = probes[task][first + i];
        rest -= probes[task][first + i];
      }
      gradients[i * tasks + tasks - 1] = rest;
    }
  }

  /** Takes the gradients of all tasks, where they are kept apart. */
  void takeSlots(DensePart dense) {
    for (int i = 0; i < own.length; i++) {
      System.arraycopy(dense.gradient(), dense.place(own[i]), gradients, i * tasks, tasks);
    }
  }

  /**
   * After the rule has moved the weights.
   *
   * @param factor that clipping has multiplied their gradients by
   * @param accumulated the rule's squares
   * @param counts whether the updates of the step are averaged
   */
  void observe(float factor, float[] accumulated, double rate, long step, boolean counts) {
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] *= factor;
    }
    for (int i = 0; i < own.length; i++) {
      squares[i] = accumulated[own[i]];
    }
    parts.observe(gradients, 0, squares, 0, rate, step, counts ? averages : UNHEARD);
  }

  /**
   * Adds what was measured.
   *
   * @param groups names of the whole model's, one a summary
   */
  void addTo(List<String> groups, ShareSummary[] summaries) {
    ShareSummary[] here = elements.summaries(first, averages);
    for (int group = 0; group < here.length; group++) {
      summaries[groups.indexOf(elements.groups().get(group))].merge(here[group]);
    }
  }
}
