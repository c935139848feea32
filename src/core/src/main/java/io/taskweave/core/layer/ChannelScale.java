package io.taskweave.core.layer;

import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.ParameterStorage;
import java.util.BitSet;

/**
 * Scale and shift a channel, y = (1 + gamma) x / sqrt(1.001) + beta: what batch normalisation is in
 * the released code of TIN, which never updates its statistics, so that mean 0 and variance 1 stay
 * (its epsilon is 0.001). Both parameters start at zero.
 */
public final class ChannelScale {
  private static final float FACTOR = (float) (1 / Math.sqrt(1.001));

  private final int width;
  private final int gamma;
  private final int beta;
  private float[] input = {};
  private float[] output = {};

  /** Registers {@code <name>/gamma} and {@code <name>/beta}. */
  public ChannelScale(ParameterRegistry registry, String name, int width, BitSet tasks) {
    this.width = width;
    this.gamma = registry.dense(name + "/gamma", tasks, Initialization.zero(), width);
    this.beta = registry.dense(name + "/beta", tasks, Initialization.zero(), width);
  }

  /** [count, width] of the last {@link #forward}. */
  public float[] output() {
    return output;
  }

  /**
   * Scales and shifts.
   *
   * @param input [count, width], unchanged until after the last {@link #backward}
   */
  public void forward(ParameterStorage weights, float[] input, int count, int capacity) {
    this.input = input;
    output = Vectors.atLeast(output, capacity * width);
    float[] scale = weights.array(gamma);
    float[] shift = weights.array(beta);
    for (int i = 0; i < count; i++) {
      apply(i * width, scale, weights.offset(gamma), shift, weights.offset(beta));
    }
  }

  private void apply(int at, float[] scale, int scaleFrom, float[] shift, int shiftFrom) {
    for (int c = 0; c < width; c++) {
      output[at + c] = (1 + scale[scaleFrom + c]) * FACTOR * input[at + c] + shift[shiftFrom + c];
    }
  }

  /**
   * Adds the parameters' gradients and writes the input's.
   *
   * @param outputGradient [count, width]
   * @param inputGradient [count, width]; may be the same array
   */
  public void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      int count,
      float[] outputGradient,
      float[] inputGradient) {
    float[] scaleGradient = gradients.array(gamma);
    float[] shiftGradient = gradients.array(beta);
    for (int i = 0; i < count; i++) {
      int at = i * width;
      Vectors.add(shiftGradient, gradients.offset(beta), outputGradient, at, width);
      addScaleGradient(scaleGradient, gradients.offset(gamma), outputGradient, at);
      inputGradient(weights.array(gamma), weights.offset(gamma), outputGradient, inputGradient, at);
    }
  }

  private void addScaleGradient(float[] target, int to, float[] outputGradient, int at) {
    for (int c = 0; c < width; c++) {
      target[to + c] += FACTOR * input[at + c] * outputGradient[at + c];
    }
  }

  private void inputGradient(
      float[] scale, int from, float[] outputGradient, float[] inputGradient, int at) {
    for (int c = 0; c < width; c++) {
      inputGradient[at + c] = (1 + scale[from + c]) * FACTOR * outputGradient[at + c];
    }
  }
}
