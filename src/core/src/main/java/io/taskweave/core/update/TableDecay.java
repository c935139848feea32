package io.taskweave.core.update;

import java.io.Serializable;

/**
 * L2 term (lambda / 2) |E|^2 of the embedding tables. Where a table has one gradient, the term's
 * gradient lambda E joins it before clipping and before the update rule. Under AdaTask a shared
 * table has one a task, and the term belongs to none of them: it shrinks the weights themselves by
 * rate x lambda, outside clipping and accumulators.
 *
 * @param lambda non-negative
 */
public record TableDecay(Kind kind, double lambda) implements Serializable {
  /** Which rows the term covers in a step. */
  public enum Kind {
    /** Every row of every table, seen in the batch or not: the loss as published. */
    FULL,
    /** Rows with a gradient in this step. */
    TOUCHED,
    /** No term. */
    NONE
  }

  public static final TableDecay NONE = new TableDecay(Kind.NONE, 0);

  public TableDecay {
    if (!(lambda >= 0) || lambda == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "Cannot decay tables: lambda must be finite and non-negative (" + lambda + ")");
    }
  }

  /**
   * Adds the term's gradient to whole rows, whose data gradient must be complete.
   *
   * @param gradient [rows x width, slots]: the term joins the first of a weight's slots, and a row
   *     is touched by any of them
   * @param rows number of rows
   * @param width elements a row
   */
  public void addGradient(
      float[] weights,
      int weightOffset,
      float[] gradient,
      int gradientOffset,
      int rows,
      int width,
      int slots) {
    if (kind == Kind.NONE || lambda == 0) {
      return;
    }
    for (int row = 0; row < rows; row++) {
      int start = gradientOffset + row * width * slots;
      if (kind == Kind.FULL || touched(gradient, start, width * slots)) {
        int weight = weightOffset + row * width;
        for (int i = 0; i < width; i++) {
          gradient[start + i * slots] += (float) lambda * weights[weight + i];
        }
      }
    }
  }

  /**
   * Shrinks whole rows with a gradient a task.
   *
   * @param gradients [rows x width, tasks]; a row is touched by all tasks together
   */
  public void shrink(
      float[] weights,
      int weightOffset,
      float[] gradients,
      int gradientOffset,
      int rows,
      int width,
      int tasks,
      double learningRate) {
    if (kind == Kind.NONE || lambda == 0) {
      return;
    }
    float keep = (float) (1 - learningRate * lambda);
    for (int row = 0; row < rows; row++) {
      if (kind == Kind.FULL
          || touched(gradients, gradientOffset + row * width * tasks, width * tasks)) {
        int start = weightOffset + row * width;
        for (int i = start; i < start + width; i++) {
          weights[i] *= keep;
        }
      }
    }
  }

  private static boolean touched(float[] gradient, int offset, int width) {
    for (int i = 0; i < width; i++) {
      if (gradient[offset + i] != 0) {
        return true;
      }
    }
    return false;
  }
}
