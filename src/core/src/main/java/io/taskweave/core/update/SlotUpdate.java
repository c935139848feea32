package io.taskweave.core.update;

import io.taskweave.core.layer.Vectors;
import java.util.Arrays;

/**
 * Applies an update rule to weights that have one gradient a task, beside each other: [weights,
 * tasks].
 *
 * <p>{@link #perTask} is AdaTask (Yang et al., AAAI 2023): each task accumulates its own gradient,
 * takes the rule's step by it, and the steps are added. {@link #combined} takes one step by the sum
 * of the gradients. Both go through the arrays once, block by block, which they copy to where the
 * rule reads it. An instance is the work space of one thread.
 */
public final class SlotUpdate {
  private static final int BLOCK = 1024;

  private final UpdateRule rule;
  private final int tasks;
  private final int weightsPerBlock;
  private final float[] gradient;
  private final float[][] states;
  private final float[] deltas;
  private final float[] blockWeights;

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
    int length = weightsPerBlock * tasks;
    this.gradient = new float[length];
    this.states = new float[rule.accumulators().size()][length];
    this.deltas = new float[length];
    this.blockWeights = new float[weightsPerBlock];
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
      System.arraycopy(gradients, gradientOffset + from * tasks, gradient, 0, count * tasks);
      applyRule(accumulators, accumulatorOffset + from * tasks, count * tasks, learningRate, step);
      if (stepWeights.length > 0) {
        weigh(stepWeights, count);
      }
      if (listener != null) {
        listener.steps(from, count, tasks, deltas);
      }
      addDeltas(weights, weightOffset + from, count);
    }
  }

  /** Deltas of the block's gradient, whose accumulators move on. */
  private void applyRule(
      float[][] accumulators, int offset, int length, double learningRate, long step) {
    for (int a = 0; a < states.length; a++) {
      System.arraycopy(accumulators[a], offset, states[a], 0, length);
    }
    rule.deltas(gradient, states, length, learningRate, step, deltas);
    for (int a = 0; a < states.length; a++) {
      System.arraycopy(states[a], 0, accumulators[a], offset, length);
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
      addSingles(weights, offset, count);
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

  private void addSingles(float[] weights, int offset, int count) {
    System.arraycopy(weights, offset, blockWeights, 0, count);
    Vectors.add(blockWeights, deltas, count);
    System.arraycopy(blockWeights, 0, weights, offset, count);
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
      sum(gradients, gradientOffset + from * tasks, count);
      applyRule(accumulators, accumulatorOffset + from, count, learningRate, step);
      addSingles(weights, weightOffset + from, count);
    }
  }

  private void sum(float[] gradients, int offset, int count) {
    Arrays.fill(gradient, 0, count, 0);
    for (int task = 0; task < tasks; task++) {
      for (int i = 0; i < count; i++) {
        gradient[i] += gradients[offset + i * tasks + task];
      }
    }
  }
}
