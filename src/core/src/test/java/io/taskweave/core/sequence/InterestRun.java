package io.taskweave.core.sequence;

import io.taskweave.core.blas.BlasFactory;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.HistoryColumns;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** The inputs of one view with a target item and a history of items, run on its own. */
final class InterestRun {
  final int size;
  final ViewInputs inputs;
  final ParameterLayout layout;
  final float[] weights;
  final float[] gradient;
  private final SampleLayout samples;

  InterestRun(InterestSpec spec, int size, int rows, int maxLength, SequenceOrder order) {
    this.size = size;
    Field item = Field.categorical("item", rows);
    List<SequenceAttribute> attributes = List.of(SequenceAttribute.like("item", item));
    Sequence clicks = new Sequence("clicks", attributes, maxLength, order, 0);
    samples = new SampleLayout(List.of(item), List.of("click"), List.of(clicks));
    ParameterRegistry registry = new ParameterRegistry(BlasFactory.instance());
    BitSet tasks = new BitSet();
    tasks.set(0);
    inputs = new ViewInputs(registry, "shared", samples, size, 0.5, spec, 1, tasks);
    layout = registry.layout();
    weights = layout.initialValues(3);
    gradient = new float[layout.size()];
  }

  /** A sample a target, each with its own history, oldest event first; at time 1000. */
  SampleBatch batch(int[] targets, int[][] histories) {
    return batch(targets, histories, null);
  }

  SampleBatch batch(int[] targets, int[][] histories, long[][] times) {
    SampleBlockBuilder builder = new SampleBlockBuilder(samples);
    int[] ids = Arrays.stream(histories).flatMapToInt(Arrays::stream).toArray();
    long[] all =
        times == null ? null : Arrays.stream(times).flatMapToLong(Arrays::stream).toArray();
    builder.events(0, new HistoryColumns(new int[][] {ids}, all));
    int from = 0;
    for (int i = 0; i < targets.length; i++) {
      builder.addRow(i, 1);
      builder.time(1000);
      builder.id(0, targets[i]);
      builder.userHistory(0, from, from + histories[i].length);
      from += histories[i].length;
    }
    return SampleBatch.all(builder.build());
  }

  ParameterStorage storage() {
    return ParameterStorage.flat(layout, weights, 0);
  }

  /** What the sequence contributes, [count, width]. */
  float[][] forward(SampleBatch batch) {
    inputs.forward(storage(), batch, Pass.SCORING);
    float[][] result = new float[batch.count()][];
    for (int i = 0; i < result.length; i++) {
      int at = i * inputs.width();
      result[i] = Arrays.copyOfRange(inputs.output(), at + firstColumn(), at + inputs.width());
    }
    return result;
  }

  private int firstColumn() {
    return inputs.width() % size == 0 && inputs.width() > size ? size : 0;
  }

  /** Gradients for a loss that is the sum of all that the sequence contributes. */
  void backward(SampleBatch batch) {
    forward(batch);
    Arrays.fill(gradient, 0);
    for (int i = 0; i < batch.count(); i++) {
      int at = i * inputs.width();
      Arrays.fill(inputs.gradient(), at, at + firstColumn(), 0f);
      Arrays.fill(inputs.gradient(), at + firstColumn(), at + inputs.width(), 1f);
    }
    inputs.backward(storage(), batch, ParameterStorage.flat(layout, gradient, 0));
  }

  private int place(String name, int row) {
    return layout.offset(layout.indexOf(name)) + row * size;
  }

  float[] weight(String name, int row) {
    return Arrays.copyOfRange(weights, place(name, row), place(name, row) + size);
  }

  float[] gradient(String name, int row) {
    return Arrays.copyOfRange(gradient, place(name, row), place(name, row) + size);
  }

  void set(String name, int row, float... values) {
    System.arraycopy(values, 0, weights, place(name, row), size);
  }

  void zero(String name) {
    int index = layout.indexOf(name);
    int from = layout.offset(index);
    Arrays.fill(weights, from, from + layout.get(index).size(), 0f);
  }
}
