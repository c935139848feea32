package io.taskweave.engine.training;

import io.taskweave.core.dominance.MeasuredElements;
import io.taskweave.core.dominance.SampledSteps;
import io.taskweave.core.dominance.ShareSummary;
import io.taskweave.core.dominance.UpdateAverages;
import io.taskweave.core.parameter.GradientSlots;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.core.update.PlainTaskSteps;
import io.taskweave.core.update.TaskSteps;
import io.taskweave.core.update.UpdateRule;
import java.io.Serializable;
import java.util.stream.IntStream;

/**
 * What each task moves in one part of the flat vector. Where every task takes its own step, {@link
 * #steps} hears of them. Where a rule takes one step for all, the meter is given each task's
 * gradient of the measured elements and the rule's squares, and keeps the tasks' means itself.
 */
final class DominanceMeter {
  private static final TaskSteps UNHEARD = (first, count, tasks, deltas) -> {};

  private final UpdateRule rule;
  private final int tasks;
  private final double decay;
  private final MeasuredElements elements;
  private final int first;
  private final int[] local;
  private final float[] gradients;
  private final float[] squares;
  private PlainTaskSteps parts;
  private UpdateAverages averages;
  private SampledSteps steps;
  private int measuredSteps;

  /** What each part makes its meter of. */
  record Source(TrainingPlan plan, int parts) implements Serializable {
    DominanceMeter meter(int part) {
      SlotLayout layout = plan.slots(plan.model().create(plan.layout()).parameters(), parts);
      return new DominanceMeter(
          plan.optimizer().rule(),
          plan.layout().tasks().size(),
          plan.dominance().decay(),
          MeasuredElements.of(layout, plan.seed(), plan.dominance().sample()),
          layout.slots(),
          part);
    }
  }

  private DominanceMeter(
      UpdateRule rule,
      int tasks,
      double decay,
      MeasuredElements elements,
      GradientSlots slots,
      int part) {
    this.rule = rule;
    this.tasks = tasks;
    this.decay = decay;
    this.elements = elements;
    GradientSlots.Part here = slots.part(part);
    // Without slots all weights count as those of one task, the measured ones too.
    boolean slotted = slots.tasks() > 1;
    int from = slotted ? here.firstShared() : here.firstSingle();
    int to = from + (slotted ? here.shared() : here.single());
    this.first = elements.firstFrom(from);
    int count = elements.firstFrom(to) - first;
    this.local = IntStream.range(0, count).map(i -> elements.place(first + i) - from).toArray();
    this.gradients = new float[count * tasks];
    this.squares = new float[count];
    start();
  }

  /**
   * Bytes of one part's meter, the choice of elements included; before anything is chosen.
   *
   * @param layout of the parts
   */
  static long bytes(TrainingPlan plan, SlotLayout layout) {
    if (!plan.dominance().enabled()) {
      return 0;
    }
    long chosen = 0;
    for (Parameter parameter : layout.parameters().parameters()) {
      chosen += parameter.shared() ? Math.min(parameter.size(), plan.dominance().sample()) : 0;
    }
    // Place and group of all elements. Of the part's own: the place three times and the square, and
    // for each task gradient, numerator, step and average.
    long own =
        4L * Integer.BYTES + plan.layout().tasks().size() * (3L * Float.BYTES + Double.BYTES);
    return chosen * 2 * Integer.BYTES + chosen / layout.slots().parts() * own;
  }

  /** Forgets what was measured. */
  void start() {
    parts = new PlainTaskSteps(rule, tasks, IntStream.range(0, local.length).toArray());
    averages = new UpdateAverages(tasks, local.length, decay);
    steps = new SampledSteps(local, averages);
    measuredSteps = 0;
  }

  /** To hear of a step in which every task takes its own. */
  TaskSteps steps() {
    measuredSteps++;
    return steps;
  }

  /** Takes the gradient of one task, [weights] from {@code offset} on. */
  void takeTask(int task, float[] vector, int offset) {
    for (int i = 0; i < local.length; i++) {
      gradients[i * tasks + task] = vector[offset + local[i]];
    }
  }

  /** Takes the gradient of all tasks together; what the others have not is the last one's. */
  void takeSum(float[] vector, int offset) {
    for (int i = 0; i < local.length; i++) {
      float rest = vector[offset + local[i]];
      for (int task = 0; task < tasks - 1; task++) {
        rest -= gradients[i * tasks + task];
      }
      gradients[i * tasks + tasks - 1] = rest;
    }
  }

  /** Takes the gradients of all tasks, [weights, tasks] from {@code offset} on. */
  void takeSlots(float[] vector, int offset) {
    for (int i = 0; i < local.length; i++) {
      System.arraycopy(vector, offset + local[i] * tasks, gradients, i * tasks, tasks);
    }
  }

  /** Multiplies the gradients of this step, as clipping did. */
  void scale(float factor) {
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] *= factor;
    }
  }

  /**
   * After the rule has moved the weights.
   *
   * @param accumulated the rule's squares
   * @param counts false as long as the means of the gradients do not stand
   */
  void finishStep(float[] accumulated, double learningRate, long step, boolean counts) {
    for (int i = 0; i < local.length; i++) {
      squares[i] = accumulated[local[i]];
    }
    parts.observe(gradients, 0, squares, 0, learningRate, step, counts ? averages : UNHEARD);
    measuredSteps += counts ? 1 : 0;
  }

  int measuredSteps() {
    return measuredSteps;
  }

  /** One summary a group. */
  ShareSummary[] summaries() {
    return elements.summaries(first, averages);
  }
}
