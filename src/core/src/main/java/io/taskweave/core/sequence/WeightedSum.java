package io.taskweave.core.sequence;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.Blas.Transposed;
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
  private final Blas blas;
  private final Behaviours behaviours;
  private final TemporalTerms temporal;
  private final int queries;
  private final int width;
  private final float scale;
  private final boolean mean;
  private final boolean softmax;
  private float[] output = {};
  private float[] alphas = {};
  private float[] alphaSums = {};
  private float[] events = {};
  private float[] eventGradients = {};
  private float[] scores = {};
  private float[] scoreSums = {};
  private int[] starts = {};

  /**
   * @param queries queries of a sample
   * @param scale of the dot products
   * @param mean whether all events count the same, whatever the queries
   */
  WeightedSum(
      Blas blas,
      Behaviours behaviours,
      int queries,
      float scale,
      boolean mean,
      AttentionWeights weights) {
    this.blas = blas;
    this.behaviours = behaviours;
    this.temporal = new TemporalTerms(blas, behaviours);
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
    int vectors = count * queries;
    output = Vectors.atLeast(output, batch.capacity() * queries * width);
    Arrays.fill(output, 0, vectors * width, 0f);
    reserve(batch);
    temporal.begin(batch, starts);
    alphaSums = temporal.cleared(alphaSums, vectors);
    if (!mean) {
      temporal.multiply(weights, query, vectors);
    }
    for (int i = 0; i < count; i++) {
      int length = starts[i + 1] - starts[i];
      if (length > 0) {
        behaviours.gatherAttributes(weights, batch.block(), batch.rows()[i], events, 0);
        weigh(i, length, query);
        int alpha = starts[i] * queries;
        int to = i * queries * width;
        blas.multiply(
            Transposed.NONE,
            queries,
            width,
            length,
            alphas,
            alpha,
            length,
            events,
            0,
            width,
            0f,
            output,
            to,
            width);
        collect(alphaSums, i, length, alphas, alpha);
      }
    }
    temporal.addSums(weights, alphaSums, output, vectors);
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
    scores = Scratch.grown(scores, longest * queries);
  }

  /** Weights of a sample's events: [queries, length]. */
  private void weigh(int i, int length, float[] query) {
    int alpha = starts[i] * queries;
    if (mean) {
      Arrays.fill(alphas, alpha, alpha + queries * length, 1f / length);
      return;
    }
    multiplyEvents(i, length, query, alphas, alpha);
    for (int q = 0; q < queries; q++) {
      int at = alpha + q * length;
      Vectors.scale(alphas, at, scale, alphas, at, length);
      if (softmax) {
        Vectors.softmax(alphas, at, length);
      } else {
        Vectors.sigmoid(alphas, at, length);
      }
    }
  }

  /** Dot products of a sample's vectors with its events: [queries, length]. */
  private void multiplyEvents(int i, int length, float[] vectors, float[] target, int at) {
    blas.multiply(
        Transposed.RIGHT,
        queries,
        length,
        width,
        vectors,
        i * queries * width,
        width,
        events,
        0,
        width,
        0f,
        target,
        at,
        length);
    for (int q = 0; q < queries; q++) {
      temporal.addProducts(i * queries + q, starts[i], length, target, at + q * length);
    }
  }

  private void collect(float[] sums, int i, int length, float[] weights, int at) {
    for (int q = 0; q < queries; q++) {
      temporal.collect(sums, i * queries + q, starts[i], length, weights, at + q * length);
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
    int vectors = batch.count() * queries;
    if (!mean) {
      temporal.multiply(weights, outputGradient, vectors);
      scoreSums = temporal.cleared(scoreSums, vectors);
      Arrays.fill(queryGradient, 0, vectors * width, 0f);
    }
    for (int i = 0; i < batch.count(); i++) {
      int length = starts[i + 1] - starts[i];
      if (length > 0) {
        int at = i * queries * width;
        sumEventGradients(alphas, starts[i] * queries, outputGradient, at, length, 0f);
        if (!mean) {
          behaviours.gatherAttributes(weights, batch.block(), batch.rows()[i], events, 0);
          backwardOfScores(i, length, outputGradient);
          collect(scoreSums, i, length, scores, 0);
          blas.multiply(
              Transposed.NONE,
              queries,
              width,
              length,
              scores,
              0,
              length,
              events,
              0,
              width,
              0f,
              queryGradient,
              at,
              width);
          sumEventGradients(scores, 0, query, at, length, 1f);
        }
        behaviours.scatterAttributes(gradients, batch.block(), batch.rows()[i], eventGradients, 0);
      }
    }
    temporal.addGradient(gradients, alphaSums, outputGradient, vectors);
    if (!mean) {
      temporal.addSums(weights, scoreSums, queryGradient, vectors);
      temporal.addGradient(gradients, scoreSums, query, vectors);
    }
  }

  /**
   * Gradients of a sample's events: for each the sum over the queries of its factor times the
   * query's vector.
   *
   * @param factors [queries, length]
   * @param vectors [queries, width]
   * @param keep 0 to write them, 1 to add to them
   */
  private void sumEventGradients(
      float[] factors, int from, float[] vectors, int at, int length, float keep) {
    blas.multiply(
        Transposed.LEFT,
        length,
        width,
        queries,
        factors,
        from,
        length,
        vectors,
        at,
        width,
        keep,
        eventGradients,
        0,
        width);
  }

  /** Gradients with respect to a sample's unscaled dot products: [queries, length]. */
  private void backwardOfScores(int i, int length, float[] outputGradient) {
    multiplyEvents(i, length, outputGradient, scores, 0);
    for (int q = 0; q < queries; q++) {
      int alpha = starts[i] * queries + q * length;
      int at = q * length;
      float average = 0;
      for (int e = 0; e < length; e++) {
        average += alphas[alpha + e] * scores[at + e];
      }
      for (int e = 0; e < length; e++) {
        float weight = alphas[alpha + e];
        float slope = softmax ? scores[at + e] - average : (1 - weight) * scores[at + e];
        scores[at + e] = scale * weight * slope;
      }
    }
  }
}
