package io.taskweave.engine.sharded;

import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.update.SlotUpdate;
import java.util.Arrays;
import java.util.List;

/**
 * The dense parameters and their accumulators in one process, updated slice by slice. Gradients lie
 * [weights, tasks] for the shared weights and [weights] for the others, and accumulators likewise.
 */
final class DensePart {
  private final ShardedPlan plan;
  private final DenseLayout layout;
  private final int tasks;
  private final int shared;
  private final float[] weights;
  private final float[] gradient;
  private final float[][] accumulators;

  DensePart(DenseLayout layout, ShardedPlan plan) {
    this.plan = plan;
    this.layout = layout;
    this.tasks = layout.tasks();
    this.shared = layout.shared();
    this.weights = layout.parameters().initialValues(plan.training().seed());
    this.gradient = new float[place(weights.length)];
    this.accumulators = new float[plan.rule().accumulators().size()][gradient.length];
  }

  /** Where a weight's gradients start. */
  private int place(int weight) {
    return Math.addExact(weight, Math.multiplyExact(Math.min(weight, shared), tasks - 1));
  }

  float[] weights() {
    return weights;
  }

  /** Those of the update rule, in its order. */
  float[][] accumulators() {
    return accumulators;
  }

  private int sharedCut(int slice, int slices) {
    return (int) ((long) shared * slice / slices);
  }

  private int singleCut(int slice, int slices) {
    return shared + (int) ((long) (weights.length - shared) * slice / slices);
  }

  /** Sums a slice of the threads' gradients, thread after thread, and clears theirs. */
  void sum(int slice, int slices, List<Worker> workers) {
    int sharedFrom = sharedCut(slice, slices);
    int sharedTo = sharedCut(slice + 1, slices);
    int singleFrom = singleCut(slice, slices);
    int length = singleCut(slice + 1, slices) - singleFrom;
    Arrays.fill(gradient, sharedFrom * tasks, sharedTo * tasks, 0f);
    Arrays.fill(gradient, place(singleFrom), place(singleFrom) + length, 0f);
    for (Worker worker : workers) {
      for (int task = 0; task < tasks; task++) {
        addStrided(worker.denseGradients().shared(task), sharedFrom, sharedTo, task);
        Arrays.fill(worker.denseGradients().shared(task), sharedFrom, sharedTo, 0f);
      }
      float[] single = worker.denseGradients().single();
      Vectors.add(gradient, place(singleFrom), single, singleFrom - shared, length);
      Arrays.fill(single, singleFrom - shared, singleFrom - shared + length, 0f);
    }
  }

  private void addStrided(float[] ofTask, int from, int to, int task) {
    for (int i = from; i < to; i++) {
      gradient[i * tasks + task] += ofTask[i];
    }
  }

  /** Adds the L2 term of tables that are dense, once all slices are summed. */
  void addDecay() {
    for (int i = 0; i < layout.parameters().count(); i++) {
      Parameter parameter = layout.parameters().get(i);
      int offset = layout.parameters().offset(i);
      if (parameter.isTable() && offset >= shared) {
        int rows = parameter.shape()[0];
        plan.training()
            .decay()
            .addGradient(
                weights, offset, gradient, place(offset), rows, parameter.size() / rows, 1);
      }
    }
  }

  /** Shrinks dense tables with a gradient a task, whose L2 term belongs to no task. */
  void shrink(double rate) {
    for (int i = 0; i < layout.parameters().count(); i++) {
      Parameter parameter = layout.parameters().get(i);
      int offset = layout.parameters().offset(i);
      if (parameter.isTable() && offset < shared) {
        int rows = parameter.shape()[0];
        plan.training()
            .decay()
            .shrink(
                weights,
                offset,
                gradient,
                place(offset),
                rows,
                parameter.size() / rows,
                tasks,
                rate);
      }
    }
  }

  void addSquares(int slice, int slices, Clipping clipping) {
    int sharedFrom = sharedCut(slice, slices);
    int weights = sharedCut(slice + 1, slices) - sharedFrom;
    clipping.addShared(gradient, sharedFrom * tasks, weights);
    singles(
        slice,
        slices,
        (from, length, task) -> clipping.addSingle(gradient, place(from), length, task));
  }

  /** Part of a parameter with one gradient a weight. */
  private interface Piece {
    void take(int from, int length, int task);
  }

  /** Goes through a slice of the weights with one gradient, parameter after parameter. */
  private void singles(int slice, int slices, Piece piece) {
    int from = singleCut(slice, slices);
    int to = singleCut(slice + 1, slices);
    for (int i = 0; i < layout.parameters().count(); i++) {
      int start = Math.max(from, layout.parameters().offset(i));
      int end = Math.min(to, layout.parameters().offset(i + 1));
      if (start < end) {
        piece.take(start, end - start, Clipping.taskOf(layout.parameters().get(i)));
      }
    }
  }

  /**
   * Updates a slice.
   *
   * @param factors of each task's gradients
   */
  void update(int slice, int slices, int step, double rate, float[] factors) {
    int from = sharedCut(slice, slices);
    int length = sharedCut(slice + 1, slices) - from;
    if (length > 0) {
      Clipping.scaleShared(gradient, place(from), length, factors);
      update(from, length, tasks, step, rate);
    }
    singles(
        slice,
        slices,
        (start, count, task) -> Clipping.scaleSingle(gradient, place(start), count, factors[task]));
    int singleFrom = singleCut(slice, slices);
    update(singleFrom, singleCut(slice + 1, slices) - singleFrom, 1, step, rate);
  }

  private void update(int from, int length, int slots, int step, double rate) {
    new SlotUpdate(plan.rule(), slots)
        .perTask(
            weights,
            from,
            gradient,
            place(from),
            accumulators,
            place(from),
            length,
            rate,
            step,
            slots == 1 ? new float[0] : plan.stepWeights(),
            null);
  }
}
