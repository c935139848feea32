package io.taskweave.core.update;

import java.util.List;

/**
 * AdaGrad (Duchi, Hazan and Singer, 2011): s += g^2, w -= rate g / (sqrt(s) + epsilon).
 *
 * @param epsilon positive
 */
public record AdaGrad(double epsilon) implements UpdateRule {
  public static final String TYPE = "adagrad";
  public static final AdaGrad DEFAULT = new AdaGrad(1e-10);

  public AdaGrad {
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException(
          "Cannot set up AdaGrad: need a positive epsilon (" + epsilon + ")");
    }
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public List<String> accumulators() {
    return List.of("square_sum");
  }

  @Override
  public void deltas(
      float[] gradient,
      int gradientOffset,
      float[][] accumulators,
      int accumulatorOffset,
      int length,
      double learningRate,
      long step,
      float[] deltas) {
    UpdateRule.requireStep(step);
    float[] sums = accumulators[0];
    float rate = (float) learningRate;
    float outside = (float) epsilon;
    for (int i = 0; i < length; i++) {
      float g = gradient[gradientOffset + i];
      float sum = sums[accumulatorOffset + i] + g * g;
      sums[accumulatorOffset + i] = sum;
      deltas[i] = -rate * g / ((float) Math.sqrt(sum) + outside);
    }
  }

  @Override
  public float numerator(float before, float gradient) {
    return gradient;
  }

  @Override
  public Scale scale(double learningRate, long step) {
    return new Scale((float) learningRate, 1, (float) epsilon);
  }
}
