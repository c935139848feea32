package io.taskweave.core.sequence;

import io.taskweave.core.layer.Activation;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Perceptron;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Attention of DIN: an event's score is a perceptron's of [v, h, v - h, v x h]; with softmax it is
 * divided by sqrt(width). Events pass the perceptron many samples at a time, and anew in the
 * backward pass, so that work space does not grow with the batch.
 */
final class PerceptronAttention implements HistoryPooling {
  private static final int PARTS = 4;
  private static final int EVENTS_AT_ONCE = 4096;

  private final Behaviours behaviours;
  private final Perceptron scores;
  private final int width;
  private final boolean softmax;
  private final float scale;
  private float[] targets = {};
  private float[] output = {};
  private float[] alphas = {};
  private float[] events = {};
  private float[] eventGradients = {};
  private float[] inputs = {};
  private float[] inputGradients = {};
  private int[] starts = {};
  private int capacity;

  /** Registers the perceptron {@code <name>/score}. */
  PerceptronAttention(
      ParameterRegistry registry,
      String name,
      Behaviours behaviours,
      List<Integer> layers,
      AttentionWeights weights,
      BitSet tasks) {
    this.behaviours = behaviours;
    this.width = behaviours.width();
    this.softmax = weights == AttentionWeights.SOFTMAX;
    this.scale = softmax ? (float) (1 / Math.sqrt(width)) : 1;
    this.scores =
        new Perceptron(
            registry,
            name + "/score",
            1,
            Math.multiplyExact(PARTS, width),
            layers,
            1,
            Activation.SIGMOID,
            0,
            tasks);
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
    reserve(batch);
    for (int first = 0; first < batch.count(); ) {
      int end = endOfPart(first, batch.count());
      score(weights, batch, first, end);
      for (int i = first; i < end; i++) {
        Arrays.fill(output, i * width, (i + 1) * width, 0f);
        for (int e = starts[i]; e < starts[i + 1]; e++) {
          int from = (e - starts[first]) * width;
          Vectors.addScaled(output, i * width, alphas[e - starts[first]], events, from, width);
        }
      }
      first = end;
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
    capacity = Math.max(capacity, Math.max(longest, EVENTS_AT_ONCE));
    alphas = Vectors.atLeast(alphas, capacity);
    events = Vectors.atLeast(events, capacity * width);
    eventGradients = Vectors.atLeast(eventGradients, capacity * width);
    inputs = Vectors.atLeast(inputs, capacity * PARTS * width);
    inputGradients = Vectors.atLeast(inputGradients, capacity * PARTS * width);
  }

  /** End of the samples from {@code first} on whose events fit at once, at least one sample. */
  private int endOfPart(int first, int count) {
    int end = first + 1;
    while (end < count && starts[end + 1] - starts[first] <= EVENTS_AT_ONCE) {
      end++;
    }
    return end;
  }

  /** Leaves events, inputs and weights of the samples [first, end). */
  private void score(ParameterStorage weights, SampleBatch batch, int first, int end) {
    for (int i = first; i < end; i++) {
      int at = starts[i] - starts[first];
      behaviours.gather(weights, batch.block(), batch.rows()[i], events, at * width);
      for (int e = at; e < starts[i + 1] - starts[first]; e++) {
        describe(inputs, e * PARTS * width, targets, i * width, events, e * width);
      }
    }
    int count = starts[end] - starts[first];
    scores.forward(weights, inputs, count, capacity);
    Vectors.scale(alphas, 0, scale, scores.output(), 0, count);
    for (int i = first; i < end; i++) {
      int at = starts[i] - starts[first];
      int length = starts[i + 1] - starts[i];
      if (softmax) {
        Vectors.softmax(alphas, at, length);
      } else {
        Vectors.sigmoid(alphas, at, length);
      }
    }
  }

  private void describe(float[] to, int at, float[] target, int v, float[] event, int h) {
    for (int c = 0; c < width; c++) {
      to[at + c] = target[v + c];
      to[at + width + c] = event[h + c];
      to[at + 2 * width + c] = target[v + c] - event[h + c];
      to[at + 3 * width + c] = target[v + c] * event[h + c];
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
    Vectors.add(targetGradient, factorGradient, batch.count() * width);
    for (int first = 0; first < batch.count(); ) {
      int end = endOfPart(first, batch.count());
      score(weights, batch, first, end);
      for (int i = first; i < end; i++) {
        int at = starts[i] - starts[first];
        backwardOfWeights(at, starts[i + 1] - starts[i], outputGradient, i * width);
      }
      int count = starts[end] - starts[first];
      scores.backward(weights, gradients, count, 0, inputGradients);
      for (int i = first; i < end; i++) {
        int at = starts[i] - starts[first];
        for (int e = at; e < starts[i + 1] - starts[first]; e++) {
          addGradients(e, targetGradient, i * width);
        }
        behaviours.scatter(gradients, batch.block(), batch.rows()[i], eventGradients, at * width);
      }
      first = end;
    }
  }

  private void backwardOfWeights(int at, int length, float[] outputGradient, int from) {
    float[] scoreGradients = scores.outputGradient();
    float average = 0;
    for (int e = at; e < at + length; e++) {
      scoreGradients[e] = Vectors.dot(events, e * width, outputGradient, from, width);
      average += alphas[e] * scoreGradients[e];
      Vectors.scale(eventGradients, e * width, alphas[e], outputGradient, from, width);
    }
    for (int e = at; e < at + length; e++) {
      float slope = softmax ? scoreGradients[e] - average : (1 - alphas[e]) * scoreGradients[e];
      scoreGradients[e] = scale * alphas[e] * slope;
    }
  }

  private void addGradients(int e, float[] targetGradient, int v) {
    int at = e * PARTS * width;
    int h = e * width;
    for (int c = 0; c < width; c++) {
      float ofDifference = inputGradients[at + 2 * width + c];
      float ofProduct = inputGradients[at + 3 * width + c];
      targetGradient[v + c] += inputGradients[at + c] + ofDifference + ofProduct * events[h + c];
      eventGradients[h + c] +=
          inputGradients[at + width + c] - ofDifference + ofProduct * targets[v + c];
    }
  }
}
