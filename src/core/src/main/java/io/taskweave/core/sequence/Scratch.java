package io.taskweave.core.sequence;

/** Work space that follows the longest histories, and loops over it. */
final class Scratch {
  private Scratch() {}

  /** The array itself if it is large enough, else a new one with room to spare. */
  static float[] grown(float[] array, int size) {
    return array.length >= size ? array : new float[Math.max(size, array.length * 3 / 2)];
  }

  /** target = a left + b right, or target += that; left and right have one place. */
  static void combine(
      float[] target,
      int to,
      float a,
      float[] left,
      float b,
      float[] right,
      int from,
      int length,
      boolean add) {
    if (add) {
      addCombined(target, to, a, left, b, right, from, length);
    } else {
      writeCombined(target, to, a, left, b, right, from, length);
    }
  }

  private static void writeCombined(
      float[] target, int to, float a, float[] left, float b, float[] right, int from, int length) {
    for (int i = 0; i < length; i++) {
      target[to + i] = a * left[from + i] + b * right[from + i];
    }
  }

  private static void addCombined(
      float[] target, int to, float a, float[] left, float b, float[] right, int from, int length) {
    for (int i = 0; i < length; i++) {
      target[to + i] += a * left[from + i] + b * right[from + i];
    }
  }

  /** target = left x right. */
  static void multiply(
      float[] target, int to, float[] left, int leftFrom, float[] right, int from, int length) {
    for (int i = 0; i < length; i++) {
      target[to + i] = left[leftFrom + i] * right[from + i];
    }
  }

  /** target += left x right. */
  static void addProduct(
      float[] target, int to, float[] left, int leftFrom, float[] right, int from, int length) {
    for (int i = 0; i < length; i++) {
      target[to + i] += left[leftFrom + i] * right[from + i];
    }
  }
}
