package io.taskweave.core.sequence;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.Blas.Transposed;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.Arrays;

/**
 * What the temporal rows of events contribute to dot products with the events and to weighted sums
 * of them. All samples of a batch share the rows of the table, so these are matrix products with
 * those up to the last that the batch reads; to add a row to each event's vector takes longer.
 */
final class TemporalTerms {
  private final Blas blas;
  private final Behaviours behaviours;
  private final int width;
  private int[] rowOfEvent = {};
  private float[] products = {};
  private int rows;

  TemporalTerms(Blas blas, Behaviours behaviours) {
    this.blas = blas;
    this.behaviours = behaviours;
    this.width = behaviours.width();
  }

  /**
   * Looks up the rows of the events that samples see.
   *
   * @param starts number of the first event of each sample among all, and of all events
   */
  void begin(SampleBatch batch, int[] starts) {
    rows = 0;
    if (behaviours.temporalRows() == 0) {
      return;
    }
    int events = starts[batch.count()];
    rowOfEvent = Scratch.grown(rowOfEvent, events);
    for (int i = 0; i < batch.count(); i++) {
      behaviours.writeTemporalRows(batch.block(), batch.rows()[i], rowOfEvent, starts[i]);
    }
    for (int event = 0; event < events; event++) {
      rows = Math.max(rows, rowOfEvent[event] + 1);
    }
  }

  /**
   * Multiplies vectors with the rows, for {@link #addProducts}.
   *
   * @param vectors [count, width]
   */
  void multiply(ParameterStorage weights, float[] vectors, int count) {
    if (rows > 0) {
      products = Vectors.atLeast(products, Math.multiplyExact(count, rows));
      float[] table = weights.array(behaviours.temporalTable());
      int offset = weights.offset(behaviours.temporalTable());
      blas.multiply(
          Transposed.RIGHT,
          count,
          rows,
          width,
          vectors,
          0,
          width,
          table,
          offset,
          width,
          0f,
          products,
          0,
          rows);
    }
  }

  /**
   * Adds the products of a vector of the last {@link #multiply} with the rows of consecutive
   * events.
   *
   * @param event number of the first
   */
  void addProducts(int vector, int event, int length, float[] target, int at) {
    for (int e = 0; rows > 0 && e < length; e++) {
      target[at + e] += products[vector * rows + rowOfEvent[event + e]];
    }
  }

  /** An array for {@link #collect}, zeroed: [count, rows]. */
  float[] cleared(float[] array, int count) {
    float[] sums = Vectors.atLeast(array, Math.multiplyExact(count, rows));
    Arrays.fill(sums, 0, count * rows, 0f);
    return sums;
  }

  /**
   * Adds up the weights of consecutive events by their rows.
   *
   * @param sums [vectors, rows]
   * @param event number of the first
   */
  void collect(float[] sums, int vector, int event, int length, float[] weights, int at) {
    for (int e = 0; rows > 0 && e < length; e++) {
      sums[vector * rows + rowOfEvent[event + e]] += weights[at + e];
    }
  }

  /**
   * Adds to vectors the weighted sums of rows.
   *
   * @param sums weights of the rows, [count, rows]
   * @param vectors [count, width]
   */
  void addSums(ParameterStorage weights, float[] sums, float[] vectors, int count) {
    if (rows > 0) {
      float[] table = weights.array(behaviours.temporalTable());
      int offset = weights.offset(behaviours.temporalTable());
      blas.multiply(
          Transposed.NONE,
          count,
          width,
          rows,
          sums,
          0,
          rows,
          table,
          offset,
          width,
          1f,
          vectors,
          0,
          width);
    }
  }

  /** Adds the gradient of the rows that {@link #addSums} passes back from its vectors. */
  void addGradient(ParameterStorage gradients, float[] sums, float[] vectors, int count) {
    if (rows > 0) {
      float[] table = gradients.array(behaviours.temporalTable());
      int offset = gradients.offset(behaviours.temporalTable());
      blas.multiply(
          Transposed.LEFT,
          rows,
          width,
          count,
          sums,
          0,
          rows,
          vectors,
          0,
          width,
          1f,
          table,
          offset,
          width);
    }
  }
}
