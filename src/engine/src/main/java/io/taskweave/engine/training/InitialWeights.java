package io.taskweave.engine.training;

import io.taskweave.core.parameter.ParameterLayout;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;

/**
 * The weights before the first step: those of the seed, and for what an {@linkplain WarmStart
 * earlier run} has learnt, its own.
 */
public sealed interface InitialWeights extends Serializable
    permits InitialWeights.Seeded, WarmStart {
  /** A cold start: nothing is known yet. */
  record Seeded() implements InitialWeights {
    @Override
    public void known(Configuration hadoop, ParameterLayout parameters, Rows rows) {
      // All rows have the values of the seed.
    }

    @Override
    public String toString() {
      return "by seed";
    }
  }

  /** Takes rows whose values are known. */
  interface Rows {
    /**
     * @param parameter its index in the model
     * @param row along the first axis of the parameter
     * @param values of the whole row; the array is reused
     */
    void put(int parameter, int row, float[] values);
  }

  /**
   * Hands over the rows that do not start with the values of the seed, parameter after parameter.
   *
   * @param parameters of the model that is to be trained
   * @throws io.taskweave.core.error.CheckpointException if the file that holds them is missing, cut
   *     off or of another model
   */
  void known(Configuration hadoop, ParameterLayout parameters, Rows rows);
}
