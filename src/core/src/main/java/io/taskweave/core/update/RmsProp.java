package io.taskweave.core.update;

import java.util.List;

/**
 * RMSProp (Tieleman and Hinton, 2012) without momentum: v = decay v + (1 - decay) g^2, w -= rate g
 * / (sqrt(v) + epsilon).
 *
 * @param decay of the mean square, in [0, 1)
 * @param epsilon positive
 */
public record RmsProp(double decay, double epsilon) implements SquareRule {
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
  public float keep() {
    return (float) decay;
  }

  @Override
  public float add() {
    return (float) (1 - decay);
  }
}
