package io.taskweave.core.model;

import io.taskweave.core.layer.Embedding;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * STEM-Net (Su et al., AAAI 2024): tables for each task and shared ones, experts over both, and
 * gates that read every expert but send gradients only to their own task's and the shared ones.
 */
final class StemNet implements Trunk {
  private final Embedding[] embeddings;
  private final GatingLayer[] layers;
  private final GatingLayer last;

  StemNet(ParameterRegistry registry, StemNetSpec spec, SampleLayout samples, GatingReach reach) {
    List<String> views = new ArrayList<>();
    samples.tasks().forEach(task -> views.add("task-" + task));
    views.add("shared");
    embeddings = new Embedding[views.size()];
    for (int v = 0; v < embeddings.length; v++) {
      embeddings[v] =
          new Embedding(
              registry,
              views.get(v),
              samples,
              spec.embedding().size(),
              spec.embedding().deviation(),
              embeddings.length,
              reach.tasksOfInput(v, 0, spec.layers()));
    }
    layers = new GatingLayer[spec.layers()];
    int width = embeddings[0].width();
    for (int l = 0; l < layers.length; l++) {
      layers[l] = new GatingLayer(registry, spec, views, l, width, reach);
      width = layers[l].outputWidth();
    }
    last = layers[layers.length - 1];
  }

  @Override
  public int outputWidth() {
    return last.outputWidth();
  }

  @Override
  public int outputOf(int task) {
    return task;
  }

  @Override
  public float[] output(int output) {
    return last.output(output);
  }

  @Override
  public float[] outputGradient(int output) {
    return last.outputGradient(output);
  }

  @Override
  public void forward(ParameterStorage weights, SampleBatch batch, Pass pass) {
    for (int v = 0; v < embeddings.length; v++) {
      embeddings[v].forward(weights, batch, pass);
      layers[0].bindInput(v, embeddings[v].output(), embeddings[v].gradient());
    }
    for (int l = 0; l < layers.length; l++) {
      layers[l].forward(weights, batch, pass);
      for (int v = 0; layers[l] != last && v < embeddings.length; v++) {
        layers[l + 1].bindInput(v, layers[l].output(v), layers[l].outputGradient(v));
      }
    }
  }

  @Override
  public void backward(
      ParameterStorage weights, SampleBatch batch, ParameterStorage gradients, BitSet outputs) {
    BitSet live = outputs;
    for (int l = layers.length - 1; l >= 0; l--) {
      live = layers[l].backward(weights, gradients, live);
    }
    for (int v = live.nextSetBit(0); v >= 0; v = live.nextSetBit(v + 1)) {
      embeddings[v].backward(batch, gradients);
    }
  }

  /** The weights of the last layer's gates, which the towers read. */
  @Override
  public void addGateWeights(GateWeights sums) {
    last.addGateWeights(sums);
  }
}
