package io.taskweave.core.parameter;

import io.taskweave.core.random.CounterRandom;
import java.io.Serializable;
import java.util.Arrays;

/**
 * Initial values of a parameter, a function of (seed, parameter name, row) alone: they depend
 * neither on the engine, nor on the number of executors, nor on the order in which rows are first
 * seen.
 *
 * @param deviation standard deviation of the normal distribution; 0 gives zeros
 * @param zeroFirstRow whether row 0 is zero, as the padding row of a table is
 */
public record Initialization(double deviation, boolean zeroFirstRow) implements Serializable {
  public static Initialization zero() {
    return new Initialization(0, false);
  }

  public static Initialization table(double deviation) {
    return new Initialization(deviation, true);
  }

  /** Normal with variance 2 / (fanIn + fanOut) (Glorot and Bengio, 2010). */
  public static Initialization xavierNormal(int fanIn, int fanOut) {
    return new Initialization(Math.sqrt(2.0 / (fanIn + fanOut)), false);
  }

  /** Writes the initial values of one row. */
  public void fill(long seed, String name, long row, float[] target, int offset, int length) {
    if (deviation == 0 || (zeroFirstRow && row == 0)) {
      Arrays.fill(target, offset, offset + length, 0f);
      return;
    }
    long key = CounterRandom.mix(CounterRandom.mix(seed, CounterRandom.hash(name)), row);
    for (int i = 0; i < length; i++) {
      target[offset + i] = (float) (deviation * CounterRandom.gaussian(key, i));
    }
  }
}
