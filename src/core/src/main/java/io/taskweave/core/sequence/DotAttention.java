package io.taskweave.core.sequence;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;

/**
 * Target-aware attention by scaled dot products, and mean pooling, on the vectors as they are: c =
 * sum of a_i h_i with a = softmax(h . v / sqrt(width)).
 */
final class DotAttention implements HistoryPooling {
  private final WeightedSum sum;
  private final int width;
  private final boolean mean;
  private float[] targets = {};
  private float[] queryGradient = {};

  DotAttention(Blas blas, Behaviours behaviours, boolean mean, AttentionWeights weights) {
    this.width = behaviours.width();
    this.mean = mean;
    this.sum = new WeightedSum(blas, behaviours, 1, (float) (1 / Math.sqrt(width)), mean, weights);
  }

  @Override
  public float[] output() {
    return sum.output();
  }

  @Override
  public float[] factor() {
    return targets;
  }

  @Override
  public void forward(ParameterStorage weights, float[] targets, SampleBatch batch) {
    this.targets = targets;
    sum.forward(weights, targets, batch);
  }

  @Override
  public void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      SampleBatch batch,
      float[] outputGradient,
      float[] factorGradient,
      float[] targetGradient) {
    int size = batch.count() * width;
    Vectors.add(targetGradient, factorGradient, size);
    if (mean) {
      sum.backward(weights, gradients, batch, targets, outputGradient, null);
      return;
    }
    queryGradient = Vectors.atLeast(queryGradient, batch.capacity() * width);
    sum.backward(weights, gradients, batch, targets, outputGradient, queryGradient);
    Vectors.add(targetGradient, queryGradient, size);
  }
}
