package io.taskweave.engine.sharded;

import java.util.Arrays;

/** The learning rate of every step so far, which only an epoch's end changes. */
final class RateHistory {
  private long[] firstSteps = {};
  private double[] rates = {};

  /** Takes in the rate of a step, which follows those before. */
  void add(long step, double rate) {
    int last = rates.length - 1;
    if (last < 0 || rates[last] != rate) {
      firstSteps = Arrays.copyOf(firstSteps, last + 2);
      rates = Arrays.copyOf(rates, last + 2);
      firstSteps[last + 1] = step;
      rates[last + 1] = rate;
    }
  }

  double rate(long step) {
    int i = rates.length - 1;
    while (i > 0 && firstSteps[i] > step) {
      i--;
    }
    return rates[i];
  }

  int size() {
    return rates.length;
  }

  /** First steps of each rate, then the rates' bits. */
  long[] toLongs() {
    long[] values = Arrays.copyOf(firstSteps, 2 * rates.length);
    for (int i = 0; i < rates.length; i++) {
      values[rates.length + i] = Double.doubleToRawLongBits(rates[i]);
    }
    return values;
  }

  static RateHistory of(long[] values) {
    RateHistory history = new RateHistory();
    int size = values.length / 2;
    for (int i = 0; i < size; i++) {
      history.add(values[i], Double.longBitsToDouble(values[size + i]));
    }
    return history;
  }
}
