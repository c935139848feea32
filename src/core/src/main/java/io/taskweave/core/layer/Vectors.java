package io.taskweave.core.layer;

/**
 * Loops over rows of matrices. Each stands in a method of its own, so that the compiler vectorises
 * it on its own. C2 of Java 17 does so only where all arrays are read at the same place, as it must
 * assume that any two are the same array; with places of their own a loop takes three times as
 * long.
 */
public final class Vectors {
  private Vectors() {}

  /** The array itself if it is large enough, else a new one. */
  public static float[] atLeast(float[] array, int size) {
    return array.length >= size ? array : new float[size];
  }

  /** target += source, vectorised. */
  public static void add(float[] target, float[] source, int length) {
    for (int i = 0; i < length; i++) {
      target[i] += source[i];
    }
  }

  /** target += source, each from its own place on: for short rows. */
  public static void add(float[] target, int to, float[] source, int from, int length) {
    for (int i = 0; i < length; i++) {
      target[to + i] += source[from + i];
    }
  }

  /** target = left + right. */
  public static void sum(float[] target, float[] left, float[] right, int length) {
    for (int i = 0; i < length; i++) {
      target[i] = left[i] + right[i];
    }
  }

  /** target = factor x source. */
  public static void scale(
      float[] target, int to, float factor, float[] source, int from, int length) {
    for (int i = 0; i < length; i++) {
      target[to + i] = factor * source[from + i];
    }
  }

  /** target += factor x source. */
  public static void addScaled(
      float[] target, int to, float factor, float[] source, int from, int length) {
    for (int i = 0; i < length; i++) {
      target[to + i] += factor * source[from + i];
    }
  }

  /** Dot product; independent partial sums let the processor overlap the additions. */
  public static float dot(float[] left, int leftFrom, float[] right, int rightFrom, int length) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    int i = 0;
    for (; i + 7 < length; i += 8) {
      int l = leftFrom + i;
      int r = rightFrom + i;
      s0 += left[l] * right[r];
      s1 += left[l + 1] * right[r + 1];
      s2 += left[l + 2] * right[r + 2];
      s3 += left[l + 3] * right[r + 3];
      s4 += left[l + 4] * right[r + 4];
      s5 += left[l + 5] * right[r + 5];
      s6 += left[l + 6] * right[r + 6];
      s7 += left[l + 7] * right[r + 7];
    }
    float sum = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
    for (; i < length; i++) {
      sum += left[leftFrom + i] * right[rightFrom + i];
    }
    return sum;
  }

  /** values = max(values, 0). */
  static void rectify(float[] values, int length) {
    for (int i = 0; i < length; i++) {
      values[i] = Math.max(values[i], 0f);
    }
  }

  /**
   * Zeroes the gradient where the activation is zero, and scales the rest. A zero keeps its sign.
   *
   * @param gradient finite
   * @param activation not negative
   */
  static void mask(float[] gradient, float[] activation, float scale, int length) {
    for (int i = 0; i < length; i++) {
      // The factor is exactly 1 for the smallest positive activation and exactly 0 for none. A
      // comparison becomes a branch that is as good as random, and the bits of floats are not
      // vectorised.
      gradient[i] *= scale * Math.min(activation[i] * Float.MAX_VALUE * Float.MAX_VALUE, 1f);
    }
  }

  /** Softmax in place. */
  public static void softmax(float[] values, int at, int length) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < length; i++) {
      largest = Math.max(largest, values[at + i]);
    }
    double sum = 0;
    for (int i = 0; i < length; i++) {
      double power = Math.exp(values[at + i] - largest);
      values[at + i] = (float) power;
      sum += power;
    }
    float inverse = (float) (1 / sum);
    for (int i = 0; i < length; i++) {
      values[at + i] *= inverse;
    }
  }

  /** Logistic function in place. */
  public static void sigmoid(float[] values, int at, int length) {
    for (int i = 0; i < length; i++) {
      values[at + i] = (float) (1 / (1 + Math.exp(-values[at + i])));
    }
  }

  /**
   * Passes a gradient back through a logistic function and inverted dropout.
   *
   * @param activation scaled; 0 where the unit is dropped
   */
  static void slope(float[] gradient, float[] activation, float scale, int length) {
    float inverse = 1 / scale;
    for (int i = 0; i < length; i++) {
      gradient[i] *= activation[i] * (1 - activation[i] * inverse);
    }
  }
}
