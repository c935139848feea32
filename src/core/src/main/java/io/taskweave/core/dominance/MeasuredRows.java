package io.taskweave.core.dominance;

import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.random.CounterRandom;

/**
 * Which rows of a parameter dominance is measured on; rows are the vectors along its last axis. The
 * choice depends on seed, name and row alone, so whoever holds a row makes the same one.
 */
public final class MeasuredRows {
  private final long key;
  private final double part;

  private MeasuredRows(long key, double part) {
    this.key = key;
    this.part = part;
  }

  /**
   * @param most expected number of elements, at least 1; a smaller parameter is measured as a whole
   */
  public static MeasuredRows of(Parameter parameter, long seed, int most) {
    if (most < 1) {
      throw new IllegalArgumentException(
          "Cannot sample elements: need at least 1 a parameter (" + most + ")");
    }
    return new MeasuredRows(
        CounterRandom.mix(seed, CounterRandom.hash("dominance/" + parameter.name())),
        (double) most / parameter.size());
  }

  /** Whether a row, by its number from 0, is among them. */
  public boolean hold(long row) {
    return part >= 1 || CounterRandom.uniform(key, row) < part;
  }
}
