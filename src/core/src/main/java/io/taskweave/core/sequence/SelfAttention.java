package io.taskweave.core.sequence;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.Blas.Transposed;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Self-attention of events and target, one block, without feed-forward part: each of the n + 1
 * vectors x attends to all of them with softmax over the keys, and the output is the mean of the
 * results. As a mean of weighted sums it is one weighted sum, with w_k the mean over the queries of
 * the weights of key k. A sample without events has the zero vector, not its target alone.
 */
final class SelfAttention implements HistoryPooling {
  private final Blas blas;
  private final Behaviours behaviours;
  private final int width;
  private final int heads;
  private final int part;
  private final float scale;
  private final HeadMap queryMap;
  private final HeadMap keyMap;
  private final HeadMap valueMap;
  private float[] targets = {};
  private float[] output = {};
  private float[] stack = {};
  private float[] stackGradient = {};
  private float[] tokens = {};
  private float[] tokenGradients = {};
  private float[] queries = {};
  private float[] keys = {};
  private float[] queryGradients = {};
  private float[] keyGradients = {};
  private float[] scores = {};
  private float[] means = {};
  private float[] slopes = {};

  /** With projections registers {@code <name>/query/weight}, {@code key} and {@code value}. */
  SelfAttention(
      ParameterRegistry registry,
      String name,
      Behaviours behaviours,
      boolean projections,
      int heads,
      BitSet tasks) {
    this.blas = registry.blas();
    this.behaviours = behaviours;
    this.width = behaviours.width();
    this.heads = heads;
    this.part = width / heads;
    this.scale = (float) (1 / Math.sqrt(part));
    queryMap = projections ? new HeadMap(registry, name + "/query", width, heads, tasks) : null;
    keyMap = projections ? new HeadMap(registry, name + "/key", width, heads, tasks) : null;
    valueMap = projections ? new HeadMap(registry, name + "/value", width, heads, tasks) : null;
  }

  @Override
  public float[] output() {
    return output;
  }

  @Override
  public float[] factor() {
    return targets;
  }

  @Override
  public void forward(ParameterStorage weights, float[] targets, SampleBatch batch) {
    this.targets = targets;
    output = Vectors.atLeast(output, batch.capacity() * width);
    stack = Vectors.atLeast(stack, batch.capacity() * heads * width);
    for (int i = 0; i < batch.count(); i++) {
      int count = gather(weights, batch, i);
      for (int h = 0; h < heads; h++) {
        int to = (i * heads + h) * width;
        Arrays.fill(stack, to, to + width, 0f);
        if (count > 0) {
          attend(count, h);
          for (int k = 0; k < count; k++) {
            Vectors.addScaled(stack, to, means[k], tokens, k * width, width);
          }
        }
      }
    }
    if (valueMap == null) {
      System.arraycopy(stack, 0, output, 0, batch.count() * width);
    } else {
      valueMap.fromStack(weights, batch.count(), stack, output);
    }
  }

  /** Leaves tokens, queries and keys of a sample; returns the number of tokens, 0 for no events. */
  private int gather(ParameterStorage weights, SampleBatch batch, int i) {
    int row = batch.rows()[i];
    int length = behaviours.length(batch.block(), row);
    if (length == 0) {
      return 0;
    }
    int count = length + 1;
    tokens = Scratch.grown(tokens, count * width);
    scores = Scratch.grown(scores, count * count);
    means = Scratch.grown(means, count);
    behaviours.gather(weights, batch.block(), row, tokens, 0);
    System.arraycopy(targets, i * width, tokens, length * width, width);
    if (queryMap == null) {
      queries = tokens;
      keys = tokens;
    } else {
      queries = Scratch.grown(queries, count * width);
      keys = Scratch.grown(keys, count * width);
      queryMap.map(weights, count, tokens, queries);
      keyMap.map(weights, count, tokens, keys);
    }
    return count;
  }

  /** Leaves a head's weights [queries, keys] in scores, and their means over the queries. */
  private void attend(int count, int h) {
    int at = h * part;
    blas.multiply(
        Transposed.RIGHT,
        count,
        count,
        part,
        queries,
        at,
        width,
        keys,
        at,
        width,
        0,
        scores,
        0,
        count);
    Arrays.fill(means, 0, count, 0f);
    for (int q = 0; q < count; q++) {
      Vectors.scale(scores, q * count, scale, scores, q * count, count);
      Vectors.softmax(scores, q * count, count);
      Vectors.addScaled(means, 0, 1f / count, scores, q * count, count);
    }
  }

  @Override
  public void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      SampleBatch batch,
      float[] outputGradient,
      float[] factorGradient,
      float[] targetGradient) {
    int samples = batch.count();
    Vectors.add(targetGradient, factorGradient, samples * width);
    float[] sumGradient = outputGradient;
    if (valueMap != null) {
      stackGradient = Vectors.atLeast(stackGradient, batch.capacity() * heads * width);
      valueMap.addStackGradient(gradients, samples, stack, outputGradient);
      valueMap.toStack(weights, samples, outputGradient, stackGradient);
      sumGradient = stackGradient;
    }
    for (int i = 0; i < samples; i++) {
      int count = gather(weights, batch, i);
      if (count == 0) {
        continue;
      }
      tokenGradients = Scratch.grown(tokenGradients, count * width);
      slopes = Scratch.grown(slopes, count);
      queryGradients = Scratch.grown(queryGradients, count * width);
      keyGradients = Scratch.grown(keyGradients, count * width);
      Arrays.fill(tokenGradients, 0, count * width, 0f);
      for (int h = 0; h < heads; h++) {
        backwardOfHead(count, h, sumGradient, (i * heads + h) * width);
      }
      if (queryMap == null) {
        Vectors.add(tokenGradients, queryGradients, count * width);
        Vectors.add(tokenGradients, keyGradients, count * width);
      } else {
        queryMap.mapBackward(weights, gradients, count, tokens, queryGradients, tokenGradients);
        keyMap.mapBackward(weights, gradients, count, tokens, keyGradients, tokenGradients);
      }
      behaviours.scatter(gradients, batch.block(), batch.rows()[i], tokenGradients, 0);
      Vectors.add(targetGradient, i * width, tokenGradients, (count - 1) * width, width);
    }
  }

  private void backwardOfHead(int count, int h, float[] sumGradient, int from) {
    attend(count, h);
    for (int k = 0; k < count; k++) {
      slopes[k] = Vectors.dot(sumGradient, from, tokens, k * width, width);
      Vectors.addScaled(tokenGradients, k * width, means[k], sumGradient, from, width);
    }
    for (int q = 0; q < count; q++) {
      float average = Vectors.dot(scores, q * count, slopes, 0, count);
      scoreGradients(q * count, count, average, scale / count);
    }
    int at = h * part;
    blas.multiply(
        Transposed.NONE,
        count,
        part,
        count,
        scores,
        0,
        count,
        keys,
        at,
        width,
        0,
        queryGradients,
        at,
        width);
    blas.multiply(
        Transposed.LEFT,
        count,
        part,
        count,
        scores,
        0,
        count,
        queries,
        at,
        width,
        0,
        keyGradients,
        at,
        width);
  }

  /** Turns one query's weights into the gradients of its dot products. */
  private void scoreGradients(int at, int count, float average, float factor) {
    for (int k = 0; k < count; k++) {
      scores[at + k] *= factor * (slopes[k] - average);
    }
  }
}
