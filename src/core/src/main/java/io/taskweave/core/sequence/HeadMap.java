package io.taskweave.core.sequence;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.Blas.Transposed;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.ParameterStorage;
import java.util.BitSet;

/**
 * A linear map W [width, width] without bias, whose columns are cut into parts, one a head. Vectors
 * are [count, width]; stacks hold one whole vector a head, [count, heads, width].
 */
final class HeadMap {
  private final Blas blas;
  private final int parameter;
  private final int width;
  private final int heads;
  private final int part;

  HeadMap(ParameterRegistry registry, String name, int width, int heads, BitSet tasks) {
    this.blas = registry.blas();
    this.width = width;
    this.heads = heads;
    this.part = width / heads;
    Initialization start = Initialization.xavierNormal(width, width);
    this.parameter = registry.dense(name + "/weight", tasks, start, width, width);
  }

  /** y = x W. */
  void map(ParameterStorage weights, int count, float[] x, float[] y) {
    float[] w = weights.array(parameter);
    int at = weights.offset(parameter);
    blas.multiply(Transposed.NONE, count, width, width, x, 0, width, w, at, width, 0, y, 0, width);
  }

  /** x' += y' W', and W's gradient += x y', where ' is a gradient. */
  void mapBackward(
      ParameterStorage weights,
      ParameterStorage gradients,
      int count,
      float[] x,
      float[] yGradient,
      float[] xGradient) {
    gradientOf(gradients, count, x, yGradient);
    float[] w = weights.array(parameter);
    int at = weights.offset(parameter);
    blas.multiply(
        Transposed.RIGHT,
        count,
        width,
        width,
        yGradient,
        0,
        width,
        w,
        at,
        width,
        1,
        xGradient,
        0,
        width);
  }

  private void gradientOf(ParameterStorage gradients, int count, float[] x, float[] yGradient) {
    float[] w = gradients.array(parameter);
    int at = gradients.offset(parameter);
    blas.multiply(
        Transposed.LEFT, width, width, count, x, 0, width, yGradient, 0, width, 1, w, at, width);
  }

  /** Each head's vector of a stack to that head's part: y_h = x_h W_h. */
  void fromStack(ParameterStorage weights, int count, float[] stack, float[] y) {
    float[] w = weights.array(parameter);
    int at = weights.offset(parameter);
    for (int h = 0; h < heads; h++) {
      blas.multiply(
          Transposed.NONE,
          count,
          part,
          width,
          stack,
          h * width,
          heads * width,
          w,
          at + h * part,
          width,
          0,
          y,
          h * part,
          width);
    }
  }

  /** Each head's part to a whole vector: x_h = y_h W_h transposed. */
  void toStack(ParameterStorage weights, int count, float[] y, float[] stack) {
    float[] w = weights.array(parameter);
    int at = weights.offset(parameter);
    for (int h = 0; h < heads; h++) {
      blas.multiply(
          Transposed.RIGHT,
          count,
          width,
          part,
          y,
          h * part,
          width,
          w,
          at + h * part,
          width,
          0,
          stack,
          h * width,
          heads * width);
    }
  }

  /** Adds what either of the two maps above gives as W's gradient: stack_h transposed y_h. */
  void addStackGradient(ParameterStorage gradients, int count, float[] stack, float[] y) {
    float[] w = gradients.array(parameter);
    int at = gradients.offset(parameter);
    for (int h = 0; h < heads; h++) {
      blas.multiply(
          Transposed.LEFT,
          width,
          part,
          count,
          stack,
          h * width,
          heads * width,
          y,
          h * part,
          width,
          1,
          w,
          at + h * part,
          width);
    }
  }
}
