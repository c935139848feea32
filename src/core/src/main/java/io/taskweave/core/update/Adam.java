package io.taskweave.core.update;

import java.io.Serializable;

/**
 * Adam (Kingma and Ba, 2015) with epsilon outside the root and after the bias correction: w -= rate
 * m' / (sqrt(v') + epsilon), where m' = m / (1 - beta1^n) and v' = v / (1 - beta2^n).
 *
 * @param beta1 decay of the mean gradient, in [0, 1)
 * @param beta2 decay of the mean square, in [0, 1)
 * @param epsilon positive
 */
public record Adam(double beta1, double beta2, double epsilon) implements Serializable {
  public static final Adam DEFAULT = new Adam(0.9, 0.999, 1e-8);

  public Adam {
    if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || !(epsilon > 0)) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot set up Adam: need betas in [0, 1) and a positive epsilon (%s, %s, %s)",
              beta1, beta2, epsilon));
    }
  }

  /**
   * One step of {@code length} elements, in one pass. Any cut of a vector into slices gives the
   * same bits.
   *
   * @param step number of this step, from 1
   * @param scale factor of the gradient, from clipping or averaging; 1 for none
   */
  public void update(
      float[] weights,
      int weightOffset,
      float[] gradient,
      int gradientOffset,
      float[] firstMoment,
      int firstOffset,
      float[] secondMoment,
      int secondOffset,
      int length,
      double learningRate,
      long step,
      float scale) {
    if (step < 1) {
      throw new IllegalArgumentException("Cannot update: steps count from 1 (" + step + ")");
    }
    float rate = (float) (learningRate / (1 - Math.pow(beta1, (double) step)));
    float rootCorrection = (float) (1 / Math.sqrt(1 - Math.pow(beta2, (double) step)));
    float keepFirst = (float) beta1;
    float keepSecond = (float) beta2;
    float addFirst = (float) (1 - beta1);
    float addSecond = (float) (1 - beta2);
    float outside = (float) epsilon;
    for (int i = 0; i < length; i++) {
      float g = scale * gradient[gradientOffset + i];
      float m = keepFirst * firstMoment[firstOffset + i] + addFirst * g;
      float v = keepSecond * secondMoment[secondOffset + i] + addSecond * (g * g);
      firstMoment[firstOffset + i] = m;
      secondMoment[secondOffset + i] = v;
      weights[weightOffset + i] -= rate * m / ((float) Math.sqrt(v) * rootCorrection + outside);
    }
  }
}
