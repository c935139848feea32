package io.taskweave.core.update;

/**
 * A rule that accumulates nothing but the square, s = keep s + add g^2, and steps by the gradient
 * over its root: w -= rate g / (sqrt(s) + epsilon).
 */
sealed interface SquareRule extends UpdateRule permits AdaGrad, RmsProp {
  /** Share of the accumulated square that stays. */
  float keep();

  /** Share of a new square that is added. */
  float add();

  /** Outside the root, positive. */
  double epsilon();

  @Override
  default void deltas(
      float[] gradient,
      float[][] accumulators,
      int length,
      double learningRate,
      long step,
      float[] deltas) {
    UpdateRule.requireStep(step);
    float[] squares = accumulators[0];
    float rate = (float) learningRate;
    float keep = keep();
    float add = add();
    float outside = (float) epsilon();
    for (int i = 0; i < length; i++) {
      float g = gradient[i];
      float square = keep * squares[i] + add * (g * g);
      squares[i] = square;
      deltas[i] = -rate * g / ((float) Math.sqrt(square) + outside);
    }
  }

  @Override
  default float numerator(float before, float gradient) {
    return gradient;
  }

  @Override
  default Scale scale(double learningRate, long step) {
    return new Scale((float) learningRate, 1, (float) epsilon());
  }
}
