package io.taskweave.engine.training;

import java.io.Serializable;

/**
 * A sum of squares of floats with its rounding errors beside it, to some 30 decimal digits: however
 * the elements are cut into parts, the rounded total has the same bits.
 */
final class SquareSum implements Serializable {
  private static final long serialVersionUID = 1;

  private double high;
  private double low;

  void add(float[] values, int offset, int length) {
    double sum = high;
    double errors = low;
    for (int i = offset; i < offset + length; i++) {
      // Exact: a float has 24 bits, its square 48 of a double's 53.
      double square = (double) values[i] * values[i];
      double next = sum + square;
      double part = next - sum;
      errors += (sum - (next - part)) + (square - part);
      sum = next;
    }
    high = sum;
    low = errors;
  }

  void add(SquareSum other) {
    double next = high + other.high;
    double part = next - high;
    low += (high - (next - part)) + (other.high - part) + other.low;
    high = next;
  }

  double value() {
    return high + low;
  }
}
