package io.taskweave.core.update;

import java.util.List;

/**
 * Adam (Kingma and Ba, 2015) with epsilon outside the root and after the bias correction: w -= rate
 * m' / (sqrt(v') + epsilon), where m' = m / (1 - beta1^n) and v' = v / (1 - beta2^n).
 *
 * @param beta1 decay of the mean gradient, in [0, 1)
 * @param beta2 decay of the mean square, in [0, 1)
 * @param epsilon positive
 */
public record Adam(double beta1, double beta2, double epsilon) implements UpdateRule {
  public static final String TYPE = "adam";
  public static final Adam DEFAULT = new Adam(0.9, 0.999, 1e-8);

  public Adam {
    if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || !(epsilon > 0)) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot set up Adam: need betas in [0, 1) and a positive epsilon (%s, %s, %s)",
              beta1, beta2, epsilon));
    }
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public List<String> accumulators() {
    return List.of("first_moment", "second_moment");
  }

  @Override
  public void deltas(
      float[] gradient,
      float[][] accumulators,
      int length,
      double learningRate,
      long step,
      float[] deltas) {
    UpdateRule.requireStep(step);
    deltas(
        gradient,
        accumulators[0],
        accumulators[1],
        length,
        rate(learningRate, step),
        rootCorrection(step),
        deltas);
  }

  private void deltas(
      float[] gradient,
      float[] first,
      float[] second,
      int length,
      float rate,
      float rootCorrection,
      float[] deltas) {
    float keepFirst = (float) beta1;
    float keepSecond = (float) beta2;
    float addFirst = (float) (1 - beta1);
    float addSecond = (float) (1 - beta2);
    float outside = (float) epsilon;
    for (int i = 0; i < length; i++) {
      float g = gradient[i];
      float m = keepFirst * first[i] + addFirst * g;
      float v = keepSecond * second[i] + addSecond * (g * g);
      first[i] = m;
      second[i] = v;
      deltas[i] = -rate * m / ((float) Math.sqrt(v) * rootCorrection + outside);
    }
  }

  @Override
  public float numerator(float before, float gradient) {
    return (float) beta1 * before + (float) (1 - beta1) * gradient;
  }

  @Override
  public Scale scale(double learningRate, long step) {
    UpdateRule.requireStep(step);
    return new Scale(rate(learningRate, step), rootCorrection(step), (float) epsilon);
  }

  private float rate(double learningRate, long step) {
    return (float) (learningRate / (1 - Math.pow(beta1, (double) step)));
  }

  private float rootCorrection(long step) {
    return (float) (1 / Math.sqrt(1 - Math.pow(beta2, (double) step)));
  }
}
