package io.taskweave.core.model;

import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;

final class SharedBottom implements MultiTaskModel {
  private final SampleLayout samples;

  SharedBottom(SharedBottomSpec spec, SampleLayout samples) {
    this.samples = samples;
  }

  @Override
  public SampleLayout samples() {
    return samples;
  }

  @Override
  public ParameterLayout parameters() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void score(ParameterStorage weights, SampleBatch batch, float[] logits) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void forward(ParameterStorage weights, SampleBatch batch, long key, float[] logits) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void backward(
      ParameterStorage weights, SampleBatch batch, float[] logitGradients, Gradients gradients) {
    throw new UnsupportedOperationException();
  }
}
