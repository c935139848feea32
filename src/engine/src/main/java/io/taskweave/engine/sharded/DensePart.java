package io.taskweave.engine.sharded;

import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.update.SlotUpdate;
import io.taskweave.core.update.TaskSteps;
import java.util.Arrays;
import java.util.List;

/**
 * The dense parameters and their accumulators in one executor, which updates a slice of them, its
 * own, thread by thread. Gradients lie [weights, tasks] for the shared weights and [weights] for
 * the others, and accumulators likewise where each task takes its own step.
 */
final class DensePart {
  private final ShardedPlan plan;
  private final DenseLayout layout;
  private final int tasks;
  private final int states;
  private final int shared;
  private final DenseSlice whole;
  private final DenseSlice own;
  private final float[] weights;
  private final float[] gradient;
  private final float[][] accumulators;

  /**
   * @param executor number of this executor
   */
  DensePart(DenseLayout layout, ShardedPlan plan, int executor) {
    this.plan = plan;
    this.layout = layout;
    this.tasks = layout.tasks();
    this.states = plan.statesApart();
    this.shared = layout.shared();
    this.whole = DenseSlice.whole(layout);
    this.own = whole.part(executor, plan.executors());
    this.weights = layout.parameters().initialValues(plan.training().seed());
    this.gradient = new float[place(weights.length)];
    this.accumulators = new float[plan.rule().accumulators().size()][statePlace(weights.length)];
  }

  /** Where a weight's gradients start. */
  int place(int weight) {
    return place(weight, tasks);
  }

  /** Where a weight's accumulators start. */
  int statePlace(int weight) {
    return place(weight, states);
  }

  private int place(int weight, int each) {
    return Math.addExact(weight, Math.multiplyExact(Math.min(weight, shared), each - 1));
  }

  float[] weights() {
    return weights;
  }

  /** Those of the update rule, in its order. */
  float[][] accumulators() {
    return accumulators;
  }

  /** Of every weight: this executor's sum, and of its own slice the sum over all. */
  float[] gradient() {
    return gradient;
  }

  /** What this executor updates. */
  DenseSlice own() {
    return own;
  }

  /** Sums a part of the threads' gradients, thread after thread, and clears theirs. */
  void sum(int part, int parts, List<Worker> workers) {
    DenseSlice slice = whole.part(part, parts);
    int single = slice.singleFrom() - shared;
    Arrays.fill(gradient, slice.sharedFrom() * tasks, slice.sharedTo() * tasks, 0f);
    Arrays.fill(gradient, place(slice.singleFrom()), place(slice.singleTo()), 0f);
    for (Worker worker : workers) {
      for (int task = 0; task < tasks; task++) {
        float[] ofTask = worker.denseGradients().shared(task);
        addStrided(ofTask, slice.sharedFrom(), slice.sharedTo(), task);
        Arrays.fill(ofTask, slice.sharedFrom(), slice.sharedTo(), 0f);
      }
      float[] ofWorker = worker.denseGradients().single();
      Vectors.add(gradient, place(slice.singleFrom()), ofWorker, single, slice.single());
      Arrays.fill(ofWorker, single, single + slice.single(), 0f);
    }
  }

  private void addStrided(float[] ofTask, int from, int to, int task) {
    for (int i = from; i < to; i++) {
      gradient[i * tasks + task] += ofTask[i];
    }
  }

  /** Adds the L2 term of tables that are dense, once all of the own slice is summed. */
  void addDecay() {
    forEachTable(
        false,
        (from, rows, width) ->
            plan.training()
                .decay()
                .addGradient(weights, from, gradient, place(from), rows, width, 1));
  }

  /** Shrinks dense tables with a gradient a task, whose L2 term belongs to no task. */
  void shrink(double rate) {
    forEachTable(
        true,
        (from, rows, width) ->
            plan.training()
                .decay()
                .shrink(weights, from, gradient, place(from), rows, width, tasks, rate));
  }

  /** Adds the L2 term of dense tables with a gradient a task and one step for all. */
  void addDecayBesideTasks() {
    forEachTable(
        true,
        (from, rows, width) ->
            plan.training()
                .decay()
                .addGradient(weights, from, gradient, place(from), rows, width, tasks));
  }

  /** Rows of a table, side by side. */
  private interface Rows {
    void take(int from, int rows, int width);
  }

  /** Rows of the own slice; one that a cut divides is judged on either side by itself. */
  private void forEachTable(boolean sharedOnes, Rows rows) {
    for (int i = 0; i < layout.parameters().count(); i++) {
      Parameter parameter = layout.parameters().get(i);
      int offset = layout.parameters().offset(i);
      if (parameter.isTable() && offset < shared == sharedOnes) {
        int width = parameter.size() / parameter.shape()[0];
        int from = Math.max(offset, sharedOnes ? own.sharedFrom() : own.singleFrom());
        int to = Math.min(offset + parameter.size(), sharedOnes ? own.sharedTo() : own.singleTo());
        while (from < to) {
          int inRow = (from - offset) % width;
          int whole = inRow == 0 ? (to - from) / width : 0;
          int length = whole > 0 ? width : Math.min(width - inRow, to - from);
          rows.take(from, Math.max(1, whole), length);
          from += Math.max(1, whole) * length;
        }
      }
    }
  }

  /** Adds the products of a part of the own slice. */
  void addProducts(int part, int parts, StepProducts products) {
    DenseSlice slice = own.part(part, parts);
    if (slice.shared() > 0) {
      products.addShared(gradient, slice.sharedFrom() * tasks, slice.shared());
    }
    forEachSingle(
        slice, (from, length, task) -> products.addSingle(gradient, place(from), length, task));
  }

  /**
   * Squared norm of each task's gradient of the last shared layer, in the own slice; 0 where
   * gradients are summed.
   */
  double[] lastSharedSquares() {
    double[] squares = new double[plan.tasks()];
    int from = 0;
    int to = 0;
    for (int i = 0; i < layout.parameters().count(); i++) {
      int offset = layout.parameters().offset(i);
      if (offset < shared && layout.parameters().get(i).name().endsWith("/weight")) {
        from = Math.max(offset, own.sharedFrom());
        to = Math.min(layout.parameters().offset(i + 1), own.sharedTo());
      }
    }
    for (int task = 0; from < to && task < tasks; task++) {
      ProductSum sum = new ProductSum();
      sum.add(gradient, place(from) + task, place(from) + task, tasks, to - from);
      squares[task] = sum.value();
    }
    return squares;
  }

  /** Part of a parameter with one gradient a weight. */
  private interface Piece {
    void take(int from, int length, int task);
  }

  /** Goes through a slice's weights with one gradient, parameter after parameter. */
  private void forEachSingle(DenseSlice slice, Piece piece) {
    for (int i = 0; i < layout.parameters().count(); i++) {
      int start = Math.max(slice.singleFrom(), layout.parameters().offset(i));
      int end = Math.min(slice.singleTo(), layout.parameters().offset(i + 1));
      if (start < end) {
        piece.take(start, end - start, StepProducts.taskOf(layout.parameters().get(i)));
      }
    }
  }

  /** Combines and clips the gradients of a part of the own slice. */
  void transform(int part, int parts, GradientTransform transform) {
    DenseSlice slice = own.part(part, parts);
    if (slice.shared() > 0) {
      transform.applyShared(gradient, place(slice.sharedFrom()), slice.shared());
    }
    forEachSingle(
        slice, (start, count, task) -> transform.applySingle(task, gradient, place(start), count));
  }

  /**
   * Updates a part of the own slice.
   *
   * @param meter hears of the steps of single tasks; null if nobody does
   */
  void update(int part, int parts, int step, double rate, DenseMeter meter) {
    DenseSlice slice = own.part(part, parts);
    if (slice.shared() > 0 && !plan.perTask()) {
      new SlotUpdate(plan.rule(), tasks)
          .combined(
              weights,
              slice.sharedFrom(),
              gradient,
              place(slice.sharedFrom()),
              accumulators,
              statePlace(slice.sharedFrom()),
              slice.shared(),
              rate,
              step);
    } else if (slice.shared() > 0) {
      TaskSteps listener = meter == null ? null : meter.steps(slice.sharedFrom());
      update(slice.sharedFrom(), slice.shared(), tasks, step, rate, listener);
    }
    update(slice.singleFrom(), slice.single(), 1, step, rate, null);
  }

  private void update(int from, int length, int slots, int step, double rate, TaskSteps listener) {
    new SlotUpdate(plan.rule(), slots)
        .perTask(
            weights,
            from,
            gradient,
            place(from),
            accumulators,
            statePlace(from),
            length,
            rate,
            step,
            slots == 1 ? new float[0] : plan.stepWeights(),
            listener);
  }
}
