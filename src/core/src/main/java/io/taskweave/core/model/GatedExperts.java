package io.taskweave.core.model;

import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sequence.ViewInputs;
import java.util.BitSet;
import java.util.List;

/** Tables, and above them layers of gated experts, as a {@link GatingPlan} connects them. */
final class GatedExperts implements Trunk {
  private final GatingPlan plan;
  private final int tasks;
  private final ViewInputs[] embeddings;
  private final GatingLayer[] layers;
  private final GatingLayer last;

  GatedExperts(ParameterRegistry registry, SampleLayout samples, GatedSpec spec, GatingPlan plan) {
    this.plan = plan;
    this.tasks = samples.tasks().size();
    embeddings = new ViewInputs[plan.views().size()];
    for (int v = 0; v < embeddings.length; v++) {
      embeddings[v] =
          new ViewInputs(
              registry,
              plan.views().get(v),
              samples,
              spec.embedding().size(),
              spec.embedding().deviation(),
              spec.embedding().interest(),
              embeddings.length,
              plan.tasksOfView(tasks, v));
    }
    layers = new GatingLayer[plan.layers().size()];
    int width = embeddings[0].width();
    for (int l = 0; l < layers.length; l++) {
      layers[l] = new GatingLayer(registry, spec, plan, l, width, tasks);
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
    return plan.outputOf(task);
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
      for (int v = 0; layers[l] != last && v < layers[l].outputs(); v++) {
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
      embeddings[v].backward(weights, batch, gradients);
    }
  }

  @Override
  public List<String> gateSources() {
    return plan.sources();
  }

  /** The weights of the last layer's gates, which the towers read. */
  @Override
  public void addGateWeights(GateWeights sums) {
    for (int task = 0; task < tasks; task++) {
      last.addGateWeights(plan.outputOf(task), task, sums);
    }
    sums.addRows(last.rows());
  }
}
