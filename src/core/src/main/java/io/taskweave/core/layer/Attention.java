package io.taskweave.core.layer;

import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.BitSet;
import java.util.List;

/**
 * Attention over a few candidates of one width, each with itself: linear maps give a value, a key
 * and a query for each candidate u, and the output is the mean of the values, weighted by the
 * softmax over candidates of (key . query) / sqrt(width).
 */
public final class Attention {
  private static final int VALUE = 0;
  private static final int KEY = 1;
  private static final int QUERY = 2;
  private static final int MAPS = 3;

  private final Perceptron[] maps;
  private final int width;
  private final float scale;
  private float[] candidateWeights = {};
  private float[] slopes = {};
  private float[] output = {};
  private float[] outputGradient = {};

  /**
   * Registers the three maps, which all candidates share, as one linear layer with three members.
   *
   * @param candidates number of candidates
   */
  public Attention(
      ParameterRegistry registry, String name, int candidates, int width, BitSet tasks) {
    this(candidates, new Perceptron(registry, name, MAPS, width, List.of(), width, 0, tasks));
  }

  private Attention(int candidates, Perceptron map) {
    this.width = map.outputWidth();
    this.scale = (float) (1 / Math.sqrt(width));
    maps = new Perceptron[candidates];
    for (int c = 0; c < candidates; c++) {
      maps[c] = c == 0 ? map : map.twin();
    }
  }

  /** Attention with the same weights and a work space of its own. */
  public Attention twin() {
    return new Attention(maps.length, maps[0].twin());
  }

  /** [count, width] of the last {@link #forward}. */
  public float[] output() {
    return output;
  }

  /** [count, width], to be filled before {@link #backward}. */
  public float[] outputGradient() {
    return outputGradient;
  }

  /**
   * Computes the output.
   *
   * @param inputs a candidate's each [count, width], unchanged until after the last {@link
   *     #backward}
   */
  public void forward(ParameterStorage weights, float[][] inputs, SampleBatch batch, Pass pass) {
    int candidates = maps.length;
    candidateWeights = Vectors.atLeast(candidateWeights, batch.capacity() * candidates);
    slopes = Vectors.atLeast(slopes, candidates);
    output = Vectors.atLeast(output, batch.capacity() * width);
    outputGradient = Vectors.atLeast(outputGradient, batch.capacity() * width);
    for (int c = 0; c < candidates; c++) {
      maps[c].forward(weights, inputs[c], batch, pass);
    }
    for (int row = 0; row < batch.count(); row++) {
      for (int c = 0; c < candidates; c++) {
        float[] mapped = maps[c].output();
        candidateWeights[row * candidates + c] =
            scale * Vectors.dot(mapped, at(row, KEY), mapped, at(row, QUERY), width);
      }
      Vectors.softmax(candidateWeights, row * candidates, candidates);
      Vectors.scale(
          output,
          row * width,
          candidateWeights[row * candidates],
          maps[0].output(),
          at(row, VALUE),
          width);
      for (int c = 1; c < candidates; c++) {
        Vectors.addScaled(
            output,
            row * width,
            candidateWeights[row * candidates + c],
            maps[c].output(),
            at(row, VALUE),
            width);
      }
    }
  }

  private int at(int row, int map) {
    return (row * MAPS + map) * width;
  }

  /**
   * Adds the maps' gradients, and computes those of the candidates.
   *
   * @param inputGradients a candidate's each [count, width], written
   */
  public void backward(
      ParameterStorage weights, ParameterStorage gradients, int count, float[][] inputGradients) {
    for (int row = 0; row < count; row++) {
      backwardRow(row);
    }
    for (int c = 0; c < maps.length; c++) {
      maps[c].backward(weights, gradients, count, 0, inputGradients[c]);
    }
  }

  private void backwardRow(int row) {
    int first = row * maps.length;
    float mean = 0;
    for (int c = 0; c < maps.length; c++) {
      slopes[c] = Vectors.dot(outputGradient, row * width, maps[c].output(), at(row, VALUE), width);
      mean += candidateWeights[first + c] * slopes[c];
    }
    for (int c = 0; c < maps.length; c++) {
      float weight = candidateWeights[first + c];
      float logitGradient = scale * weight * (slopes[c] - mean);
      float[] mapped = maps[c].output();
      float[] gradient = maps[c].outputGradient();
      Vectors.scale(gradient, at(row, VALUE), weight, outputGradient, row * width, width);
      Vectors.scale(gradient, at(row, KEY), logitGradient, mapped, at(row, QUERY), width);
      Vectors.scale(gradient, at(row, QUERY), logitGradient, mapped, at(row, KEY), width);
    }
  }
}
