package io.taskweave.core.sequence;

import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.Arrays;

/**
 * For each of a sample's queries, the sum of its events weighted by their scaled dot products with
 * the query; or their mean. Events are gathered again in the backward pass: reading their rows a
 * second time is cheaper than to write and read them a sample apart.
 *
 * <p>With g_i = dL/dc . h_i the softmax passes ds_i = a_i (g_i - sum of a_j g_j), and an event's
 * gradient is a_i dL/dc + scale ds_i q.
 */
final class WeightedSum {
  private final Behaviours behaviours;
  private final int queries;
  private final int width;
  private final float scale;
  private final boolean mean;
  private final boolean softmax;
  private float[] output = {};
  private float[] alphas = {};
  private float[] events = {};
  private float[] eventGradients = {};
  private float[] slopes = {};
  private int[] starts = {};

  /**
   * @param queries queries of a sample
   * @param scale of the dot products
   * @param mean whether all events count the same, whatever the queries
   */
  WeightedSum(
      Behaviours behaviours, int queries, float scale, boolean mean, AttentionWeights weights) {
    this.behaviours = behaviours;
    this.queries = queries;
    this.width = behaviours.width();
    this.scale = scale;
    this.mean = mean;
    this.softmax = weights == AttentionWeights.SOFTMAX;
  }

  /** [count, queries, width] of the last {@link #forward}. */
  float[] output() {
    return output;
  }

  /** Pools with queries [count, queries, width]. */
  void forward(ParameterStorage weights, float[] query, SampleBatch batch) {
    int count = batch.count();
    output = Vectors.atLeast(output, batch.capacity() * queries * width);
    reserve(batch);
    for (int i = 0; i < count; i++) {
      int row = batch.rows()[i];
      int length = starts[i + 1] - starts[i];
      behaviours.gather(weights, batch.block(), row, events, 0);
      for (int q = 0; q < queries; q++) {
        int alpha = starts[i] * queries + q * length;
        int to = (i * queries + q) * width;
        weigh(length, query, to, alpha);
        Arrays.fill(output, to, to + width, 0f);
        for (int e = 0; e < length; e++) {
          Vectors.addScaled(output, to, alphas[alpha + e], events, e * width, width);
        }
      }
    }
  }

  private void reserve(SampleBatch batch) {
    if (starts.length <= batch.capacity()) {
      starts = new int[batch.capacity() + 1];
    }
    int longest = 0;
    for (int i = 0; i < batch.count(); i++) {
      int length = behaviours.length(batch.block(), batch.rows()[i]);
      starts[i + 1] = starts[i] + length;
      longest = Math.max(longest, length);
    }
    alphas = Scratch.grown(alphas, starts[batch.count()] * queries);
    events = Scratch.grown(events, longest * width);
    eventGradients = Scratch.grown(eventGradients, longest * width);
    slopes = Scratch.grown(slopes, longest);
  }

  private void weigh(int length, float[] query, int at, int alpha) {
    if (mean) {
      Arrays.fill(alphas, alpha, alpha + length, 1f / length);
      return;
    }
    for (int e = 0; e < length; e++) {
      alphas[alpha + e] = scale * Vectors.dot(events, e * width, query, at, width);
    }
    if (softmax) {
      Vectors.softmax(alphas, alpha, length);
    } else {
      Vectors.sigmoid(alphas, alpha, length);
    }
  }

  /**
   * Adds the gradients of the events' rows and writes those of the queries.
   *
   * @param outputGradient [count, queries, width]
   * @param queryGradient [count, queries, width]; null for a mean, which has none
   */
  void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      SampleBatch batch,
      float[] query,
      float[] outputGradient,
      float[] queryGradient) {
    for (int i = 0; i < batch.count(); i++) {
      int length = starts[i + 1] - starts[i];
      if (!mean) {
        behaviours.gather(weights, batch.block(), batch.rows()[i], events, 0);
        int to = i * queries * width;
        Arrays.fill(queryGradient, to, to + queries * width, 0f);
      }
      for (int q = 0; q < queries; q++) {
        int alpha = starts[i] * queries + q * length;
        int at = (i * queries + q) * width;
        if (mean) {
          for (int e = 0; e < length; e++) {
            Vectors.scale(eventGradients, e * width, alphas[alpha + e], outputGradient, at, width);
          }
        } else {
          backwardOfQuery(length, alpha, query, outputGradient, queryGradient, at, q > 0);
        }
      }
      behaviours.scatter(gradients, batch.block(), batch.rows()[i], eventGradients, 0);
    }
  }

  private void backwardOfQuery(
      int length,
      int alpha,
      float[] query,
      float[] outputGradient,
      float[] queryGradient,
      int at,
      boolean add) {
    float average = 0;
    for (int e = 0; e < length; e++) {
      slopes[e] = Vectors.dot(events, e * width, outputGradient, at, width);
      average += alphas[alpha + e] * slopes[e];
    }
    for (int e = 0; e < length; e++) {
      float weight = alphas[alpha + e];
      float slope = softmax ? slopes[e] - average : (1 - weight) * slopes[e];
      float score = scale * weight * slope;
      Vectors.addScaled(queryGradient, at, score, events, e * width, width);
      Scratch.combine(
          eventGradients, e * width, weight, outputGradient, score, query, at, width, add);
    }
  }
}
