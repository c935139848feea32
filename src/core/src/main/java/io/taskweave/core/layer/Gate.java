package io.taskweave.core.layer;

import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.BitSet;
import java.util.List;

/**
 * A softmax gate over experts: its output is the mean of the experts' results, weighted row by row.
 * Experts come in groups, a {@link Perceptron} each; the gate reads every group, but passes a
 * gradient only to those it is told to, while its weights always learn from all of them.
 */
public final class Gate {
  private final Perceptron logits;
  private final Perceptron[] experts;
  private final int[] members;
  private final int candidates;
  private final int width;
  private float[] output = {};
  private float[] outputGradient = {};
  private float[] weightGradient = {};

  /**
   * Registers the perceptron that maps the gate's input to one logit an expert.
   *
   * @param experts groups in the order of the gate's weights
   * @param members experts of each group
   */
  public Gate(
      ParameterRegistry registry,
      String name,
      int inputWidth,
      List<Integer> hiddenWidths,
      double dropout,
      BitSet tasks,
      Perceptron[] experts,
      int[] members) {
    this.experts = experts.clone();
    this.members = members.clone();
    int sum = 0;
    for (int count : members) {
      sum += count;
    }
    this.candidates = sum;
    this.width = experts[0].outputWidth();
    this.logits = new Perceptron(registry, name, 1, inputWidth, hiddenWidths, sum, dropout, tasks);
  }

  /** [count, width] of the last {@link #forward}. */
  public float[] output() {
    return output;
  }

  /** [count, width], to be filled before {@link #backward}. */
  public float[] outputGradient() {
    return outputGradient;
  }

  /** Computes weights and output; the experts must have been computed. */
  public void forward(ParameterStorage weights, float[] input, SampleBatch batch, Pass pass) {
    output = Vectors.atLeast(output, batch.capacity() * width);
    outputGradient = Vectors.atLeast(outputGradient, batch.capacity() * width);
    weightGradient = Vectors.atLeast(weightGradient, candidates);
    logits.forward(weights, input, batch, pass);
    for (int row = 0; row < batch.count(); row++) {
      Vectors.softmax(logits.output(), row * candidates, candidates);
      mix(row);
    }
  }

  private void mix(int row) {
    float[] gateWeights = logits.output();
    int at = row * candidates;
    int to = row * width;
    for (int group = 0; group < experts.length; group++) {
      float[] values = experts[group].output();
      int from = row * experts[group].stride();
      for (int m = 0; m < members[group]; m++) {
        if (at == row * candidates) {
          Vectors.scale(output, to, gateWeights[at++], values, from + m * width, width);
        } else {
          Vectors.addScaled(output, to, gateWeights[at++], values, from + m * width, width);
        }
      }
    }
  }

  /**
   * Adds to the output gradients of the groups that it passes to, and to the input's gradient.
   *
   * @param passes by group
   * @param inputGradient [count, inputWidth]
   */
  public void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      int count,
      boolean[] passes,
      float[] inputGradient) {
    for (int row = 0; row < count; row++) {
      backwardRow(row, passes);
    }
    logits.backward(weights, gradients, count, 0, inputGradient);
  }

  private void backwardRow(int row, boolean[] passes) {
    float[] gateWeights = logits.output();
    int first = row * candidates;
    int candidate = 0;
    float mean = 0;
    for (int group = 0; group < experts.length; group++) {
      Perceptron expert = experts[group];
      for (int m = 0; m < members[group]; m++) {
        int from = row * expert.stride() + m * width;
        float weight = gateWeights[first + candidate];
        float slope = Vectors.dot(outputGradient, row * width, expert.output(), from, width);
        weightGradient[candidate++] = slope;
        mean += weight * slope;
        if (passes[group]) {
          Vectors.addScaled(
              expert.outputGradient(), from, weight, outputGradient, row * width, width);
        }
      }
    }
    float[] logitGradient = logits.outputGradient();
    for (int e = 0; e < candidates; e++) {
      logitGradient[first + e] = gateWeights[first + e] * (weightGradient[e] - mean);
    }
  }

  /** Sum over the first {@code count} rows of the weight mass on a group, at the last forward. */
  public double mass(int group, int count) {
    int from = 0;
    for (int g = 0; g < group; g++) {
      from += members[g];
    }
    double sum = 0;
    for (int row = 0; row < count; row++) {
      for (int m = 0; m < members[group]; m++) {
        sum += logits.output()[row * candidates + from + m];
      }
    }
    return sum;
  }
}
