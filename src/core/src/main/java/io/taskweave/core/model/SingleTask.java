package io.taskweave.core.model;

import io.taskweave.core.layer.Embedding;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Perceptron;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import java.util.BitSet;
import java.util.List;

/** A model of its own for each task: what sharing is compared with. */
final class SingleTask implements MultiTaskModel {
  private final SampleLayout samples;
  private final Embedding[] embeddings;
  private final Perceptron[] bottoms;
  private final Tower[] towers;
  private final ParameterLayout parameters;

  SingleTask(SingleTaskSpec spec, SampleLayout samples) {
    this.samples = samples;
    List<String> tasks = samples.tasks();
    embeddings = new Embedding[tasks.size()];
    bottoms = new Perceptron[tasks.size()];
    towers = new Tower[tasks.size()];
    ParameterRegistry registry = new ParameterRegistry();
    EmbeddingSpec table = spec.embedding();
    for (int task = 0; task < towers.length; task++) {
      BitSet own = new BitSet();
      own.set(task);
      String view = "task-" + tasks.get(task);
      embeddings[task] =
          new Embedding(registry, view, samples, table.size(), table.deviation(), 1, own);
      bottoms[task] =
          new Perceptron(
              registry,
              "bottom/" + view,
              1,
              embeddings[task].width(),
              spec.bottomLayers(),
              0,
              spec.dropout(),
              own);
      int width = bottoms[task].outputWidth();
      towers[task] = new Tower(registry, tasks, task, width, spec.towerLayers(), spec.dropout());
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
    for (int task = 0; task < towers.length; task++) {
      embeddings[task].forward(weights, batch);
      bottoms[task].forward(weights, embeddings[task].output(), batch, training, key);
      towers[task].forward(weights, bottoms[task].output(), batch, training, key, logits);
    }
  }

  @Override
  public void backward(
      ParameterStorage weights, SampleBatch batch, float[] logitGradients, Gradients gradients) {
    for (int task = 0; task < towers.length; task++) {
      ParameterStorage own = gradients.of(task);
      Perceptron bottom = bottoms[task];
      towers[task].backward(
          weights, own, batch.count(), logitGradients, 0, bottom.outputGradient());
      bottom.backward(weights, own, batch.count(), 0, embeddings[task].gradient());
      embeddings[task].backward(batch, own);
    }
  }
}
