package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.dllib.tensor.Tensor;
import com.intel.analytics.bigdl.dllib.tensor.TensorNumericMath.TensorNumeric;
import com.intel.analytics.bigdl.dllib.utils.Table;
import io.taskweave.core.sample.SampleBatch;

/**
 * The rows of one thread in one step.
 *
 * @param key decides dropout
 * @param factorByTask factor of each row's gradient; 0 for a task without labels in the batch
 */
@SuppressWarnings("ArrayRecordComponent")
record MicroBatch(SampleBatch rows, long key, float[] factorByTask) implements Activity {
  @Override
  public <D> Tensor<D> toTensor(TensorNumeric<D> numeric) {
    throw new UnsupportedOperationException("Cannot turn samples into a tensor");
  }

  @Override
  public Table toTable() {
    throw new UnsupportedOperationException("Cannot turn samples into a table");
  }

  @Override
  public boolean isTensor() {
    return false;
  }

  @Override
  public boolean isTable() {
    return false;
  }
}
