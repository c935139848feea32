package io.taskweave.core.update;

import java.util.List;

/**
 * AdaGrad (Duchi, Hazan and Singer, 2011): s += g^2, w -= rate g / (sqrt(s) + epsilon).
 *
 * @param epsilon positive
 */
public record AdaGrad(double epsilon) implements SquareRule {
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
  public float keep() {
    return 1;
  }

  @Override
  public float add() {
    return 1;
  }
}
