package io.taskweave.core.model;

import io.taskweave.core.layer.Embedding;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
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
final class StemNet implements MultiTaskModel {
  private final SampleLayout samples;
  private final int tasks;
  private final Embedding[] embeddings;
  private final GatingLayer[] layers;
  private final Tower[] towers;
  private final ParameterLayout parameters;

  StemNet(StemNetSpec spec, SampleLayout samples) {
    this(spec, samples, true);
  }

  /**
   * @param stopGradient false lets gradients through everywhere, which is another model: it shows
   *     that the tests of the stops can fail
   */
  StemNet(StemNetSpec spec, SampleLayout samples, boolean stopGradient) {
    this.samples = samples;
    this.tasks = samples.tasks().size();
    GatingReach reach = new GatingReach(tasks, spec.strictStop(), stopGradient);
    List<String> views = new ArrayList<>();
    samples.tasks().forEach(task -> views.add("task-" + task));
    views.add("shared");
    ParameterRegistry registry = new ParameterRegistry();
    embeddings = new Embedding[tasks + 1];
    for (int v = 0; v <= tasks; v++) {
      embeddings[v] =
          new Embedding(
              registry,
              views.get(v),
              samples,
              spec.embedding().size(),
              spec.embedding().deviation(),
              tasks + 1,
              reach.tasksOfInput(v, 0, spec.layers()));
    }
    layers = new GatingLayer[spec.layers()];
    int width = embeddings[0].width();
    for (int l = 0; l < layers.length; l++) {
      layers[l] = new GatingLayer(registry, spec, views, l, width, reach);
      width = layers[l].outputWidth();
    }
    towers = new Tower[tasks];
    for (int task = 0; task < tasks; task++) {
      towers[task] =
          new Tower(registry, samples.tasks(), task, width, spec.towerLayers(), spec.dropout());
    }
    parameters = registry.layout();
  }

  @Override
  public SampleLayout samples() {
    return samples;
  }

  @Override
  public ParameterLayout parameters() {
    return parameters;
  }

  @Override
  public void score(ParameterStorage weights, SampleBatch batch, float[] logits) {
    compute(weights, batch, false, 0, logits);
  }

  @Override
  public void forward(ParameterStorage weights, SampleBatch batch, long key, float[] logits) {
    compute(weights, batch, true, key, logits);
  }

  private void compute(
      ParameterStorage weights, SampleBatch batch, boolean training, long key, float[] logits) {
    for (int v = 0; v <= tasks; v++) {
      embeddings[v].forward(weights, batch);
      layers[0].bindInput(v, embeddings[v].output(), embeddings[v].gradient());
    }
    for (int l = 0; l < layers.length; l++) {
      layers[l].forward(weights, batch, training, key);
      for (int v = 0; l + 1 < layers.length && v <= tasks; v++) {
        layers[l + 1].bindInput(v, layers[l].output(v), layers[l].outputGradient(v));
      }
    }
    GatingLayer last = layers[layers.length - 1];
    for (int task = 0; task < tasks; task++) {
      towers[task].forward(weights, last.output(task), batch, training, key, logits);
    }
  }

  @Override
  public void backward(
      ParameterStorage weights, SampleBatch batch, float[] logitGradients, Gradients gradients) {
    BitSet live = new BitSet();
    if (gradients.perTask()) {
      for (int task = 0; task < tasks; task++) {
        live.clear();
        live.set(task);
        backward(weights, batch, logitGradients, gradients.of(task), live);
      }
    } else {
      live.set(0, tasks);
      backward(weights, batch, logitGradients, gradients.of(0), live);
    }
  }

  private void backward(
      ParameterStorage weights,
      SampleBatch batch,
      float[] logitGradients,
      ParameterStorage gradients,
      BitSet losses) {
    GatingLayer last = layers[layers.length - 1];
    for (int task = losses.nextSetBit(0); task >= 0; task = losses.nextSetBit(task + 1)) {
      towers[task].backward(
          weights, gradients, batch.count(), logitGradients, 0, last.outputGradient(task));
    }
    BitSet live = losses;
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
    layers[layers.length - 1].addGateWeights(sums);
  }
}
