package io.taskweave.engine.sharded;

import java.io.Serializable;

/**
 * A sum of products of floats with its rounding errors beside it, to some 30 decimal digits:
 * however the elements are cut into parts, the rounded total has the same bits.
 */
final class ProductSum implements Serializable {
  private static final long serialVersionUID = 1;

  private double high;
  private double low;

  /** Adds the squares of consecutive elements. */
  void add(float[] values, int offset, int length) {
    add(values, offset, offset, 1, length);
  }

  /**
   * Adds the products of elements of two vectors in one array.
   *
   * @param stride elements from one of a vector to the next
   * @param length elements of each vector
   */
  void add(float[] values, int first, int second, int stride, int length) {
    double sum = high;
    double errors = low;
    for (int i = 0; i < length; i++) {
      // Exact: a float has 24 bits, a product of two 48 of a double's 53.
      double product = (double) values[first + i * stride] * values[second + i * stride];
      double next = sum + product;
      double part = next - sum;
      errors += (sum - (next - part)) + (product - part);
      sum = next;
    }
    high = sum;
    low = errors;
  }

  void add(ProductSum other) {
    double next = high + other.high;
    double part = next - high;
    low += (high - (next - part)) + (other.high - part) + other.low;
    high = next;
  }

  double value() {
    return high + low;
  }
}
