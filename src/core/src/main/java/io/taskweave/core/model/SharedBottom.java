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

/** One table a field and one bottom for all tasks, a tower for each (Caruana, 1997). */
final class SharedBottom implements MultiTaskModel {
  private final SampleLayout samples;
  private final Embedding embedding;
  private final Perceptron bottom;
  private final Tower[] towers;
  private final ParameterLayout parameters;

  SharedBottom(SharedBottomSpec spec, SampleLayout samples) {
    this.samples = samples;
    BitSet all = new BitSet();
    all.set(0, samples.tasks().size());
    ParameterRegistry registry = new ParameterRegistry();
    EmbeddingSpec table = spec.embedding();
    embedding = new Embedding(registry, "shared", samples, table.size(), table.deviation(), 1, all);
    bottom =
        new Perceptron(
            registry,
            "bottom/shared",
            1,
            embedding.width(),
            spec.bottomLayers(),
            0,
            spec.dropout(),
            all);
    towers = new Tower[samples.tasks().size()];
    for (int task = 0; task < towers.length; task++) {
      towers[task] =
          new Tower(
              registry,
              samples.tasks(),
              task,
              bottom.outputWidth(),
              spec.towerLayers(),
              spec.dropout());
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
    embedding.forward(weights, batch);
    bottom.forward(weights, embedding.output(), batch, training, key);
    for (Tower tower : towers) {
      tower.forward(weights, bottom.output(), batch, training, key, logits);
    }
  }

  @Override
  public void backward(
      ParameterStorage weights, SampleBatch batch, float[] logitGradients, Gradients gradients) {
    for (int task = 0; task < towers.length; task++) {
      ParameterStorage own = gradients.of(task);
      float keep = gradients.perTask() || task == 0 ? 0 : 1;
      towers[task].backward(
          weights, own, batch.count(), logitGradients, keep, bottom.outputGradient());
      if (gradients.perTask() || task == towers.length - 1) {
        bottom.backward(weights, own, batch.count(), 0, embedding.gradient());
        embedding.backward(batch, own);
      }
    }
  }
}
