package io.taskweave.core.update;

import java.util.List;

/**
 * RMSProp (Tieleman and Hinton, 2012) without momentum: v = decay v + (1 - decay) g^2, w -= rate g
 * / (sqrt(v) + epsilon).
 *
 * @param decay of the mean square, in [0, 1)
 * @param epsilon positive
 */
public record RmsProp(double decay, double epsilon) implements UpdateRule {
  public static final String TYPE = "rmsprop";
  public static final RmsProp DEFAULT = new RmsProp(0.99, 1e-8);

  public RmsProp {
    if (!(decay >= 0 && decay < 1) || !(epsilon > 0)) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot set up RMSProp: need a decay in [0, 1) and a positive epsilon (%s, %s)",
              decay, epsilon));
    }
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public List<String> accumulators() {
    return List.of("mean_square");
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
    float[] means = accumulators[0];
    float rate = (float) learningRate;
    float keep = (float) decay;
    float add = (float) (1 - decay);
    float outside = (float) epsilon;
    for (int i = 0; i < length; i++) {
      float g = gradient[gradientOffset + i];
      float mean = keep * means[accumulatorOffset + i] + add * (g * g);
      means[accumulatorOffset + i] = mean;
      deltas[i] = -rate * g / ((float) Math.sqrt(mean) + outside);
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
