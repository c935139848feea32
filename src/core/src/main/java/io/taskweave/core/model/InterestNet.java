package io.taskweave.core.model;

import io.taskweave.core.layer.ChannelScale;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sequence.ViewInputs;
import java.util.BitSet;

/** The inputs of one view, which the towers of all tasks read. */
final class InterestNet implements Trunk {
  private static final int NONE = -1;

  private final ViewInputs inputs;
  private final ChannelScale scale;
  private final int biasField;
  private final int[] biases;

  /** Registers, beside the inputs' parameters, {@code bias/task-<task>/<field>} for each task. */
  InterestNet(
      ParameterRegistry registry, InterestNetSpec spec, SampleLayout samples, int biasField) {
    int tasks = samples.tasks().size();
    BitSet all = new BitSet();
    all.set(0, tasks);
    EmbeddingSpec tables = spec.embedding();
    inputs =
        new ViewInputs(
            registry,
            "shared",
            samples,
            tables.size(),
            tables.deviation(),
            tables.interest(),
            1,
            all);
    scale =
        spec.scaledInputs()
            ? new ChannelScale(registry, "inputs/scale", inputs.width(), all)
            : null;
    this.biasField = biasField;
    biases = new int[tasks];
    for (int task = 0; biasField != NONE && task < tasks; task++) {
      Field field = samples.fields().get(biasField);
      BitSet own = new BitSet();
      own.set(task);
      biases[task] =
          registry.tableOfIds(
              "bias/task-" + samples.tasks().get(task) + "/" + field.name(),
              field.table(),
              field.tableRows(),
              1,
              own,
              Initialization.zero());
    }
  }

  @Override
  public int outputWidth() {
    return inputs.width();
  }

  @Override
  public int outputOf(int task) {
    return 0;
  }

  @Override
  public float[] output(int output) {
    return scale == null ? inputs.output() : scale.output();
  }

  @Override
  public float[] outputGradient(int output) {
    return inputs.gradient();
  }

  @Override
  public void forward(ParameterStorage weights, SampleBatch batch, Pass pass) {
    inputs.forward(weights, batch, pass);
    if (scale != null) {
      scale.forward(weights, inputs.output(), batch.count(), batch.capacity());
    }
  }

  @Override
  public void backward(
      ParameterStorage weights, SampleBatch batch, ParameterStorage gradients, BitSet outputs) {
    if (scale != null) {
      scale.backward(weights, gradients, batch.count(), inputs.gradient(), inputs.gradient());
    }
    inputs.backward(weights, batch, gradients);
  }

  @Override
  public void addToOutputs(ParameterStorage weights, SampleBatch batch, float[] outputs) {
    int count = batch.count();
    for (int task = 0; biasField != NONE && task < biases.length; task++) {
      float[] bias = weights.array(biases[task]);
      int base = weights.offset(biases[task]);
      int[] ids = batch.block().ids(biasField);
      for (int i = 0; i < count; i++) {
        outputs[task * count + i] += bias[base + ids[batch.rows()[i]]];
      }
    }
  }

  @Override
  public void backwardOfOutputs(
      SampleBatch batch, float[] outputGradients, ParameterStorage gradients, BitSet towers) {
    int count = batch.count();
    for (int task = towers.nextSetBit(0);
        biasField != NONE && task >= 0;
        task = towers.nextSetBit(task + 1)) {
      float[] bias = gradients.array(biases[task]);
      int base = gradients.offset(biases[task]);
      int[] ids = batch.block().ids(biasField);
      for (int i = 0; i < count; i++) {
        int id = ids[batch.rows()[i]];
        if (id != Field.PADDING_ID) {
          bias[base + id] += outputGradients[task * count + i];
        }
      }
    }
  }
}
