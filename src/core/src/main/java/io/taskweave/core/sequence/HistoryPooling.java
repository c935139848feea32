package io.taskweave.core.sequence;

import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;

/** Makes one vector of the events that a sample sees; of none it makes the zero vector. */
interface HistoryPooling {
  /** [count, width] of the last {@link #forward}. */
  float[] output();

  /** [count, width]: what the target-aware representation multiplies the output with. */
  float[] factor();

  /**
   * Pools.
   *
   * @param targets [count, width], unchanged until after the last {@link #backward}
   */
  void forward(ParameterStorage weights, float[] targets, SampleBatch batch);

  /**
   * Adds the parameters' gradients and those of the targets.
   *
   * @param outputGradient [count, width]
   * @param factorGradient [count, width]
   * @param targetGradient [count, width], added to
   */
  void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      SampleBatch batch,
      float[] outputGradient,
      float[] factorGradient,
      float[] targetGradient);
}
