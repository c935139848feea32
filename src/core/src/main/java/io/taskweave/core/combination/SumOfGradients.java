package io.taskweave.core.combination;

/** Leaves the gradients as they are; they are added where the update wants one. */
public record SumOfGradients() implements GradientCombination {
  public static final String TYPE = "sum";

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public boolean needsProducts() {
    return false;
  }

  @Override
  public double[][] coefficients(double[][] products, long key) {
    return GradientCombination.identity(products.length);
  }
}
