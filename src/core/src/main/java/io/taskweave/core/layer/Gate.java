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
  private final BitSet passes;
  private final int candidates;
  private final int width;
  private float[] output = {};
  private float[] outputGradient = {};
  private float[] weightGradient = {};

  /**
   * Registers the perceptron that maps the gate's input to one logit an expert.
   *
   * @param tasks tasks whose loss reaches the gate's output; one expert alone has the weight 1,
   *     from which no loss goes further
   * @param experts groups in the order of the gate's weights
   * @param passes the groups that get a gradient, by their place in {@code experts}
   */
  public Gate(
      ParameterRegistry registry,
      String name,
      int inputWidth,
      List<Integer> hiddenWidths,
      double dropout,
      BitSet tasks,
      List<Perceptron> experts,
      BitSet passes) {
    this.experts = experts.toArray(Perceptron[]::new);
    this.passes = (BitSet) passes.clone();
    this.candidates = experts.stream().mapToInt(Perceptron::members).sum();
    this.width = experts.get(0).outputWidth();
    this.logits =
        new Perceptron(
            registry,
            name,
            1,
            inputWidth,
            hiddenWidths,
            candidates,
            dropout,
            candidates > 1 ? tasks : new BitSet());
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
    for (Perceptron group : experts) {
      float[] values = group.output();
      int from = row * group.stride();
      for (int m = 0; m < group.members(); m++) {
        if (at == row * candidates) {
          Vectors.scale(output, to, gateWeights[at++], values, from + m * width, width);
        } else {
          Vectors.addScaled(output, to, gateWeights[at++], values, from + m * width, width);
        }
      }
    }
  }

  /**
   * Adds to the output gradients of the groups that it passes to, and computes the input's.
   *
   * @param keep 0 to write the input's gradient, 1 to add to it
   * @param inputGradient [count, inputWidth]
   */
  public void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      int count,
      float keep,
      float[] inputGradient) {
    for (int row = 0; row < count; row++) {
      backwardRow(row);
    }
    logits.backward(weights, gradients, count, keep, inputGradient);
  }

  private void backwardRow(int row) {
    float[] gateWeights = logits.output();
    int first = row * candidates;
    int candidate = 0;
    float mean = 0;
    for (int g = 0; g < experts.length; g++) {
      Perceptron group = experts[g];
      boolean passed = passes.get(g);
      for (int m = 0; m < group.members(); m++) {
        int from = row * group.stride() + m * width;
        float weight = gateWeights[first + candidate];
        float slope = Vectors.dot(outputGradient, row * width, group.output(), from, width);
        weightGradient[candidate++] = slope;
        mean += weight * slope;
        if (passed) {
          Vectors.addScaled(
              group.outputGradient(), from, weight, outputGradient, row * width, width);
        }
      }
    }
    float[] logitGradient = logits.outputGradient();
    for (int e = 0; e < candidates; e++) {
      logitGradient[first + e] = gateWeights[first + e] * (weightGradient[e] - mean);
    }
  }

  /** Sum over the first {@code count} rows of an expert's weight, at the last forward. */
  public double mass(int candidate, int count) {
    double sum = 0;
    for (int row = 0; row < count; row++) {
      sum += logits.output()[row * candidates + candidate];
    }
    return sum;
  }
}
