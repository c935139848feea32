package io.taskweave.core.update;

import java.io.Serializable;
import java.util.List;

/**
 * How a gradient becomes a step. A rule is a formula and its constants; what it accumulates lies in
 * arrays outside, with one element for each element of the gradient. {@link SlotUpdate} applies it.
 *
 * <p>Every rule divides a numerator (the gradient, or a running mean of it) by the root of an
 * accumulated square, with epsilon outside the root. The numerator is linear in the gradient: where
 * the gradient is a sum over tasks, so is the step.
 */
public sealed interface UpdateRule extends Serializable permits Adam, SquareRule {
  /** Name in configurations and files. */
  String type();

  /** Names of the arrays that it accumulates in, in their order; the square comes last. */
  List<String> accumulators();

  /**
   * Brings the accumulators forward by one gradient and computes the change of the weights, in one
   * pass. Any cut of a vector into slices gives the same bits. All arrays are taken from 0 on: the
   * compiler vectorises a loop over several arrays only where it reads them at one place.
   *
   * @param gradient [length]
   * @param accumulators as {@link #accumulators} names them, each [length]
   * @param deltas receives [length]: what is to be added to the weights
   * @param step number of this step, from 1
   */
  void deltas(
      float[] gradient,
      float[][] accumulators,
      int length,
      double learningRate,
      long step,
      float[] deltas);

  /**
   * The numerator after a further gradient.
   *
   * @param before numerator after the gradients so far; 0 at the start
   */
  float numerator(float before, float gradient);

  /** How the numerators and squares of a step become changes of the weights. */
  Scale scale(double learningRate, long step);

  /**
   * Factors of a step, the same for all weights.
   *
   * @param rootCorrection of the root of an accumulated square
   */
  record Scale(float rate, float rootCorrection, float epsilon) {
    /** The change of a weight by a numerator over an accumulated square. */
    public float delta(float numerator, float square) {
      return -rate * numerator / ((float) Math.sqrt(square) * rootCorrection + epsilon);
    }
  }

  /**
   * Refuses a step number that no step has.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  static void requireStep(long step) {
    if (step < 1) {
      throw new IllegalArgumentException("Cannot update: steps count from 1 (" + step + ")");
    }
  }
}
