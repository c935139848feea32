package io.taskweave.core.model;

import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.layer.Perceptron;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sequence.ViewInputs;
import java.util.BitSet;

/**
 * One table a field and one bottom: for all tasks together, which is the shared-bottom model
 * (Caruana, 1997), or for each task its own, which makes a model of its own for each.
 */
final class Bottoms implements Trunk {
  private final ViewInputs[] inputs;
  private final Perceptron[] bottoms;

  Bottoms(ParameterRegistry registry, BottomSpec spec, SampleLayout samples) {
    int tasks = samples.tasks().size();
    int views = spec.shared() ? 1 : tasks;
    inputs = new ViewInputs[views];
    bottoms = new Perceptron[views];
    for (int v = 0; v < views; v++) {
      String view = spec.shared() ? "shared" : "task-" + samples.tasks().get(v);
      BitSet reachedBy = new BitSet();
      reachedBy.set(v, spec.shared() ? tasks : v + 1);
      EmbeddingSpec tables = spec.embedding();
      inputs[v] =
          new ViewInputs(
              registry,
              view,
              samples,
              tables.size(),
              tables.deviation(),
              tables.interest(),
              1,
              reachedBy);
      bottoms[v] =
          new Perceptron(
              registry,
              "bottom/" + view,
              1,
              inputs[v].width(),
              spec.bottomLayers(),
              0,
              spec.dropout(),
              reachedBy);
    }
  }

  @Override
  public int outputWidth() {
    return bottoms[0].outputWidth();
  }

  @Override
  public int outputOf(int task) {
    return bottoms.length == 1 ? 0 : task;
  }

  @Override
  public float[] output(int output) {
    return bottoms[output].output();
  }

  @Override
  public float[] outputGradient(int output) {
    return bottoms[output].outputGradient();
  }

  @Override
  public void forward(ParameterStorage weights, SampleBatch batch, Pass pass) {
    for (int v = 0; v < bottoms.length; v++) {
      inputs[v].forward(weights, batch, pass);
      bottoms[v].forward(weights, inputs[v].output(), batch, pass);
    }
  }

  @Override
  public void backward(
      ParameterStorage weights, SampleBatch batch, ParameterStorage gradients, BitSet outputs) {
    for (int v = outputs.nextSetBit(0); v >= 0; v = outputs.nextSetBit(v + 1)) {
      bottoms[v].backward(weights, gradients, batch.count(), 0, inputs[v].gradient());
      inputs[v].backward(weights, batch, gradients);
    }
  }
}
