package io.taskweave.core.model;

import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.layer.Perceptron;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sequence.ViewInputs;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** MLPs over embeddings: one for all tasks or one a task, over tables that are shared or not. */
final class Bottoms implements Trunk {
  private static final String SHARED = "shared";

  private final ViewInputs[] inputs;
  private final Perceptron[] bottoms;

  /**
   * @param names of the bottoms, one for all tasks or one a task
   * @param reach the tasks whose loss reaches each bottom
   * @param tables names of the tables that each bottom reads: one for all, or one a bottom
   */
  private Bottoms(
      ParameterRegistry registry,
      BottomSpec spec,
      SampleLayout samples,
      List<String> names,
      List<BitSet> reach,
      List<String> tables) {
    inputs = new ViewInputs[tables.size()];
    for (int v = 0; v < inputs.length; v++) {
      BitSet reachedBy = new BitSet();
      for (int b = 0; b < names.size(); b++) {
        if (tables.size() == 1 || b == v) {
          reachedBy.or(reach.get(b));
        }
      }
      EmbeddingSpec shape = spec.embedding();
      inputs[v] =
          new ViewInputs(
              registry,
              tables.get(v),
              samples,
              shape.size(),
              shape.deviation(),
              shape.interest(),
              1,
              reachedBy);
    }
    bottoms = new Perceptron[names.size()];
    for (int b = 0; b < bottoms.length; b++) {
      bottoms[b] =
          new Perceptron(
              registry,
              "bottom/" + names.get(b),
              1,
              inputs[0].width(),
              spec.bottomLayers(),
              0,
              spec.dropout(),
              reach.get(b));
    }
  }

  /** One bottom for all tasks. */
  static Bottoms shared(ParameterRegistry registry, BottomSpec spec, SampleLayout samples) {
    BitSet all = new BitSet();
    all.set(0, samples.tasks().size());
    return new Bottoms(registry, spec, samples, List.of(SHARED), List.of(all), List.of(SHARED));
  }

  /** For each task a bottom and tables of its own. */
  static Bottoms apart(ParameterRegistry registry, BottomSpec spec, SampleLayout samples) {
    List<BitSet> reach = new ArrayList<>();
    for (int task = 0; task < samples.tasks().size(); task++) {
      BitSet own = new BitSet();
      own.set(task);
      reach.add(own);
    }
    return new Bottoms(registry, spec, samples, views(samples), reach, views(samples));
  }

  /**
   * For each task a bottom, all over the same tables.
   *
   * @param reach the tasks whose loss reaches each bottom
   */
  static Bottoms overSharedTables(
      ParameterRegistry registry, BottomSpec spec, SampleLayout samples, List<BitSet> reach) {
    return new Bottoms(registry, spec, samples, views(samples), reach, List.of(SHARED));
  }

  private static List<String> views(SampleLayout samples) {
    return samples.tasks().stream().map(task -> "task-" + task).toList();
  }

  private ViewInputs input(int bottom) {
    return inputs[inputs.length == 1 ? 0 : bottom];
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
    for (ViewInputs view : inputs) {
      view.forward(weights, batch, pass);
    }
    for (int b = 0; b < bottoms.length; b++) {
      bottoms[b].forward(weights, input(b).output(), batch, pass);
    }
  }

  @Override
  public void backward(
      ParameterStorage weights, SampleBatch batch, ParameterStorage gradients, BitSet outputs) {
    boolean together = inputs.length == 1;
    float keep = 0;
    for (int b = outputs.nextSetBit(0); b >= 0; b = outputs.nextSetBit(b + 1)) {
      bottoms[b].backward(weights, gradients, batch.count(), keep, input(b).gradient());
      if (together) {
        keep = 1;
      } else {
        inputs[b].backward(weights, batch, gradients);
      }
    }
    if (together) {
      inputs[0].backward(weights, batch, gradients);
    }
  }
}
