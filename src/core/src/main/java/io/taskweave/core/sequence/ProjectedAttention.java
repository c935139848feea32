package io.taskweave.core.sequence;

import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.BitSet;

/**
 * Target-aware attention with queries, keys and values of several heads. No event is mapped: a dot
 * product with a mapped event is one of the event with the query mapped back, q . (h K) = (q K') .
 * h, and a weighted sum of mapped events is the mapped sum. So the maps cost a sample, not an
 * event.
 */
final class ProjectedAttention implements HistoryPooling {
  private final WeightedSum sum;
  private final HeadMap queryMap;
  private final HeadMap keyMap;
  private final HeadMap valueMap;
  private final int width;
  private final int stackWidth;
  private float[] targets = {};
  private float[] output = {};
  private float[] query = {};
  private float[] queryGradient = {};
  private float[] queryStack = {};
  private float[] queryStackGradient = {};
  private float[] sumGradient = {};

  /** Registers {@code <name>/query/weight}, {@code key} and {@code value} likewise. */
  ProjectedAttention(
      ParameterRegistry registry,
      String name,
      Behaviours behaviours,
      int heads,
      AttentionWeights weights,
      BitSet tasks) {
    this.width = behaviours.width();
    this.stackWidth = heads * width;
    queryMap = new HeadMap(registry, name + "/query", width, heads, tasks);
    keyMap = new HeadMap(registry, name + "/key", width, heads, tasks);
    valueMap = new HeadMap(registry, name + "/value", width, heads, tasks);
    float scale = (float) (1 / Math.sqrt((double) width / heads));
    sum = new WeightedSum(registry.blas(), behaviours, heads, scale, false, weights);
  }

  @Override
  public float[] output() {
    return output;
  }

  /** The mapped query. */
  @Override
  public float[] factor() {
    return query;
  }

  @Override
  public void forward(ParameterStorage weights, float[] targets, SampleBatch batch) {
    this.targets = targets;
    int count = batch.count();
    output = Vectors.atLeast(output, batch.capacity() * width);
    query = Vectors.atLeast(query, batch.capacity() * width);
    queryStack = Vectors.atLeast(queryStack, batch.capacity() * stackWidth);
    queryMap.map(weights, count, targets, query);
    keyMap.toStack(weights, count, query, queryStack);
    sum.forward(weights, queryStack, batch);
    valueMap.fromStack(weights, count, sum.output(), output);
  }

  @Override
  public void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      SampleBatch batch,
      float[] outputGradient,
      float[] factorGradient,
      float[] targetGradient) {
    int count = batch.count();
    queryGradient = Vectors.atLeast(queryGradient, batch.capacity() * width);
    queryStackGradient = Vectors.atLeast(queryStackGradient, batch.capacity() * stackWidth);
    sumGradient = Vectors.atLeast(sumGradient, batch.capacity() * stackWidth);
    valueMap.addStackGradient(gradients, count, sum.output(), outputGradient);
    valueMap.toStack(weights, count, outputGradient, sumGradient);
    sum.backward(weights, gradients, batch, queryStack, sumGradient, queryStackGradient);
    keyMap.addStackGradient(gradients, count, queryStackGradient, query);
    keyMap.fromStack(weights, count, queryStackGradient, queryGradient);
    Vectors.add(queryGradient, factorGradient, count * width);
    queryMap.mapBackward(weights, gradients, count, targets, queryGradient, targetGradient);
  }
}
