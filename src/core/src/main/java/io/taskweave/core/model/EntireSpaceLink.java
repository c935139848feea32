package io.taskweave.core.model;

import io.taskweave.core.layer.Vectors;
import java.util.BitSet;

/**
 * Logits of p and p q from towers with p = sigmoid(a) and q = sigmoid(b). The odds against p q are
 * (1 + e^-a) (1 + e^-b) - 1, so its logit is -log(e^-a + e^-b + e^(-a - b)), in which nothing
 * cancels.
 */
final class EntireSpaceLink implements LogitLink {
  private static final int FIRST = 0;
  private static final int SECOND = 1;

  private float[] firstSlopes = {};
  private float[] secondSlopes = {};
  private float[] gradients = {};

  @Override
  public BitSet towers(BitSet losses) {
    BitSet towers = new BitSet();
    towers.set(FIRST, losses.get(SECOND) ? SECOND + 1 : FIRST + 1);
    return towers;
  }

  @Override
  public void forward(float[] outputs, int count) {
    firstSlopes = Vectors.atLeast(firstSlopes, count);
    secondSlopes = Vectors.atLeast(secondSlopes, count);
    for (int i = 0; i < count; i++) {
      double a = -(double) outputs[i];
      double b = -(double) outputs[count + i];
      double largest = Math.max(Math.max(a, b), a + b);
      double first = Math.exp(a - largest);
      double second = Math.exp(b - largest);
      double both = Math.exp(a + b - largest);
      double sum = first + second + both;
      outputs[count + i] = (float) -(largest + Math.log(sum));
      firstSlopes[i] = (float) ((first + both) / sum);
      secondSlopes[i] = (float) ((second + both) / sum);
    }
  }

  @Override
  public float[] backward(BitSet losses, float[] logitGradients, int count) {
    gradients = Vectors.atLeast(gradients, 2 * count);
    boolean ofFirst = losses.get(FIRST);
    boolean ofSecond = losses.get(SECOND);
    for (int i = 0; i < count; i++) {
      float second = ofSecond ? logitGradients[count + i] : 0;
      gradients[i] = (ofFirst ? logitGradients[i] : 0) + second * firstSlopes[i];
      gradients[count + i] = second * secondSlopes[i];
    }
    return gradients;
  }
}
