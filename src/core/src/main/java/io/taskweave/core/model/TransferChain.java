package io.taskweave.core.model;

import io.taskweave.core.layer.Attention;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.layer.Perceptron;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A bottom for each task, and from each task to the next a transfer: attention chooses, row by row,
 * between what the task before hands on by a linear map and the task's own bottom. All transfers
 * share the attention's maps.
 */
final class TransferChain implements Trunk {
  private final Bottoms bottoms;
  private final Perceptron[] handing;
  private final Attention[] attention;
  private final BitSet live = new BitSet();

  TransferChain(ParameterRegistry registry, BottomSpec spec, SampleLayout samples) {
    List<String> names = samples.tasks();
    List<BitSet> reach = new ArrayList<>();
    for (int task = 0; task < names.size(); task++) {
      reach.add(from(task, names.size()));
    }
    bottoms = Bottoms.overSharedTables(registry, spec, samples, reach);
    int width = bottoms.outputWidth();
    int transfers = names.size() - 1;
    handing = new Perceptron[transfers];
    attention = new Attention[transfers];
    for (int t = 0; t < transfers; t++) {
      handing[t] =
          new Perceptron(
              registry,
              "transfer/task-" + names.get(t + 1),
              1,
              width,
              List.of(),
              width,
              0,
              reach.get(t + 1));
      attention[t] =
          t == 0
              ? new Attention(registry, "transfer/attention", 2, width, reach.get(1))
              : attention[0].twin();
    }
  }

  private static BitSet from(int first, int tasks) {
    BitSet set = new BitSet();
    set.set(first, tasks);
    return set;
  }

  @Override
  public int outputWidth() {
    return bottoms.outputWidth();
  }

  @Override
  public int outputOf(int task) {
    return task;
  }

  @Override
  public float[] output(int output) {
    return output == 0 ? bottoms.output(0) : attention[output - 1].output();
  }

  @Override
  public float[] outputGradient(int output) {
    return output == 0 ? bottoms.outputGradient(0) : attention[output - 1].outputGradient();
  }

  @Override
  public void forward(ParameterStorage weights, SampleBatch batch, Pass pass) {
    bottoms.forward(weights, batch, pass);
    for (int t = 0; t < handing.length; t++) {
      handing[t].forward(weights, output(t), batch, pass);
      attention[t].forward(
          weights, new float[][] {handing[t].output(), bottoms.output(t + 1)}, batch, pass);
    }
  }

  @Override
  public void backward(
      ParameterStorage weights, SampleBatch batch, ParameterStorage gradients, BitSet outputs) {
    int last = outputs.length() - 1;
    int count = batch.count();
    for (int t = last - 1; t >= 0; t--) {
      attention[t].backward(
          weights,
          gradients,
          count,
          new float[][] {handing[t].outputGradient(), bottoms.outputGradient(t + 1)});
      float keep = outputs.get(t) ? 1 : 0;
      handing[t].backward(weights, gradients, count, keep, outputGradient(t));
    }
    live.clear();
    live.set(0, last + 1);
    bottoms.backward(weights, batch, gradients, live);
  }
}
