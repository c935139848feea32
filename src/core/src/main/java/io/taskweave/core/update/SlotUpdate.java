package io.taskweave.core.update;

import java.util.Arrays;

/**
 * Applies an update rule to weights that have one gradient a task, beside each other: [weights,
 * tasks].
 *
 * <p>{@link #perTask} is AdaTask (Yang et al., AAAI 2023): each task accumulates its own gradient,
 * takes the rule's step by it, and the steps are added. {@link #combined} takes one step by the sum
 * of the gradients. Both go through the arrays once, block by block. An instance is the work space
 * of one thread.
 */
public final class SlotUpdate {
  private static final int BLOCK = 2048;

  private final UpdateRule rule;
  private final int tasks;
  private final int weightsPerBlock;
  private final float[] deltas;
  private final float[] sums;

  /**
   * @param tasks gradients of each weight, at least 1
   */
  public SlotUpdate(UpdateRule rule, int tasks) {
    if (tasks < 1) {
      throw new IllegalArgumentException("Cannot update: need at least one task (" + tasks + ")");
    }
    this.rule = rule;
    this.tasks = tasks;
    this.weightsPerBlock = Math.max(1, BLOCK / tasks);
    this.deltas = new float[weightsPerBlock * tasks];
    this.sums = new float[weightsPerBlock];
  }

  /**
   * One step by each task's own gradient. With one task it is the plain rule, to the bit.
   *
   * @param gradients [length, tasks]
   * @param accumulators arrays of the rule, each [length, tasks] from {@code accumulatorOffset} on
   * @param stepWeights factor of each task's step; empty for 1 each
   * @param step number of this step, from 1, the same for all tasks
   * @param listener hears of every task's part; may be null
   */
  public void perTask(
      float[] weights,
      int weightOffset,
      float[] gradients,
      int gradientOffset,
      float[][] accumulators,
      int accumulatorOffset,
      int length,
      double learningRate,
      long step,
      float[] stepWeights,
      TaskSteps listener) {
    for (int from = 0; from < length; from += weightsPerBlock) {
      int count = Math.min(weightsPerBlock, length - from);
      rule.deltas(
          gradients,
          gradientOffset + from * tasks,
          accumulators,
          accumulatorOffset + from * tasks,
          count * tasks,
          learningRate,
          step,
          deltas);
      if (stepWeights.length > 0) {
        weigh(stepWeights, count);
      }
      if (listener != null) {
        listener.steps(from, count, tasks, deltas);
      }
      addDeltas(weights, weightOffset + from, count);
    }
  }

  private void weigh(float[] stepWeights, int count) {
    for (int i = 0; i < count; i++) {
      for (int task = 0; task < tasks; task++) {
        deltas[i * tasks + task] *= stepWeights[task];
      }
    }
  }

  private void addDeltas(float[] weights, int offset, int count) {
    if (tasks == 1) {
      addSingles(weights, offset, deltas, count);
    } else if (tasks == 2) {
      addPairs(weights, offset, deltas, count);
    } else {
      for (int i = 0; i < count; i++) {
        float sum = 0;
        for (int task = 0; task < tasks; task++) {
          sum += deltas[i * tasks + task];
        }
        weights[offset + i] += sum;
      }
    }
  }

  private static void addSingles(float[] weights, int offset, float[] deltas, int count) {
    for (int i = 0; i < count; i++) {
      weights[offset + i] += deltas[i];
    }
  }

  private static void addPairs(float[] weights, int offset, float[] deltas, int count) {
    for (int i = 0; i < count; i++) {
      weights[offset + i] += deltas[2 * i] + deltas[2 * i + 1];
    }
  }

  /**
   * One step by the sum of the tasks' gradients.
   *
   * @param gradients [length, tasks]
   * @param accumulators arrays of the rule, each [length] from {@code accumulatorOffset} on
   * @param step number of this step, from 1
   */
  public void combined(
      float[] weights,
      int weightOffset,
      float[] gradients,
      int gradientOffset,
      float[][] accumulators,
      int accumulatorOffset,
      int length,
      double learningRate,
      long step) {
    for (int from = 0; from < length; from += weightsPerBlock) {
      int count = Math.min(weightsPerBlock, length - from);
      add(gradients, gradientOffset + from * tasks, count);
      rule.deltas(
          sums, 0, accumulators, accumulatorOffset + from, count, learningRate, step, deltas);
      addSingles(weights, weightOffset + from, deltas, count);
    }
  }

  private void add(float[] gradients, int offset, int count) {
    Arrays.fill(sums, 0, count, 0);
    for (int task = 0; task < tasks; task++) {
      for (int i = 0; i < count; i++) {
        sums[i] += gradients[offset + i * tasks + task];
      }
    }
  }
}
