package io.taskweave.core.sequence;

/** Work space that grows with the histories of batches, and loops over it. */
final class Scratch {
  private Scratch() {}

  /** The array itself if it is large enough, else a new one with room to spare. */
  static float[] grown(float[] array, int size) {
    return array.length >= size ? array : new float[Math.max(size, array.length * 3 / 2)];
  }

  /** The array itself if it is large enough, else a new one with room to spare. */
  static int[] grown(int[] array, int size) {
    return array.length >= size ? array : new int[Math.max(size, array.length * 3 / 2)];
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
