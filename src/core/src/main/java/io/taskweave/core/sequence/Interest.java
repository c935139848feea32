package io.taskweave.core.sequence;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.layer.ChannelScale;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.layer.Perceptron;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * What one sequence contributes to one view of the samples: its history pooled for the target, and
 * joined with the target, as the specification says. The target's vector has the parts of an
 * event's: those of the target's fields, and for an attribute without such a field a learned vector
 * {@code <name>/target/<attribute>}.
 */
final class Interest {
  private final Sequence sequence;
  private final List<InterestColumn> columns;
  private final Behaviours behaviours;
  private final HistoryPooling pooling;
  private final ChannelScale scale;
  private final Perceptron map;
  private final int size;
  private final int width;
  private final int[] targetFields;
  private final int[] targetVectors;
  private float[] targets = {};
  private float[] targetGradient = {};
  private float[] factorGradient = {};
  private float[] pooledGradient = {};

  /**
   * @param name path of the parameters
   * @param index of the sequence in its layout
   * @param size width of the tables' rows
   * @param deviation of initial rows
   * @param fields place of the target's field of an attribute, or negative for none
   * @param tables parameter of the table of an attribute
   */
  Interest(
      ParameterRegistry registry,
      String name,
      Sequence sequence,
      int index,
      InterestSpec spec,
      int size,
      double deviation,
      ToIntFunction<SequenceAttribute> fields,
      ToIntFunction<SequenceAttribute> tables,
      BitSet tasks) {
    this.sequence = sequence;
    this.columns = spec.columns();
    this.size = size;
    this.behaviours =
        new Behaviours(registry, name, sequence, index, size, spec.temporal(), tables, tasks);
    this.width = behaviours.width();
    if (width % spec.heads() != 0) {
      throw new ConfigurationException(
          "Cannot pool sequence "
              + sequence.name()
              + ": "
              + spec.heads()
              + " heads do not divide its width ("
              + width
              + "), choose another number");
    }
    targetFields = sequence.attributes().stream().mapToInt(fields).toArray();
    targetVectors = new int[targetFields.length];
    for (int a = 0; a < targetFields.length; a++) {
      if (targetFields[a] < 0) {
        String vector = name + "/target/" + sequence.attributes().get(a).name();
        Initialization start = new Initialization(deviation, false);
        targetVectors[a] = registry.dense(vector, tasks, start, 1, size);
      }
    }
    pooling = pooling(registry, name + "/attention", spec, tasks);
    scale = spec.mapped() ? new ChannelScale(registry, name + "/scale", width, tasks) : null;
    map =
        spec.mapped()
            ? new Perceptron(registry, name + "/map", 1, width, List.of(), width, 0, tasks)
            : null;
  }

  private HistoryPooling pooling(
      ParameterRegistry registry, String name, InterestSpec spec, BitSet tasks) {
    return switch (spec.attention()) {
      case MEAN -> new DotAttention(registry.blas(), behaviours, true, spec.weights());
      case DOT ->
          spec.projections()
              ? new ProjectedAttention(
                  registry, name, behaviours, spec.heads(), spec.weights(), tasks)
              : new DotAttention(registry.blas(), behaviours, false, spec.weights());
      case PERCEPTRON ->
          new PerceptronAttention(
              registry, name, behaviours, spec.attentionLayers(), spec.weights(), tasks);
      case SELF ->
          new SelfAttention(registry, name, behaviours, spec.projections(), spec.heads(), tasks);
    };
  }

  /** Elements a row that it contributes. */
  int width() {
    return columns.size() * width;
  }

  /**
   * Writes its columns.
   *
   * @param fields [count, fieldsWidth], the vectors of the fields
   * @param output [count, stride], from column {@code at} on
   */
  void forward(
      ParameterStorage weights,
      float[] fields,
      int fieldsWidth,
      SampleBatch batch,
      Pass pass,
      float[] output,
      int at,
      int stride) {
    int count = batch.count();
    targets = Vectors.atLeast(targets, batch.capacity() * width);
    for (int a = 0; a < targetFields.length; a++) {
      boolean field = targetFields[a] >= 0;
      float[] source = field ? fields : weights.array(targetVectors[a]);
      for (int i = 0; i < count; i++) {
        int from =
            field ? i * fieldsWidth + targetFields[a] * size : weights.offset(targetVectors[a]);
        System.arraycopy(source, from, targets, i * width + a * size, size);
      }
    }
    behaviours.addTargetRow(weights, targets, count);
    pooling.forward(weights, targets, batch);
    if (map != null) {
      scale.forward(weights, pooling.output(), count, batch.capacity());
      map.forward(weights, scale.output(), batch, pass);
    }
    float[] pooled = pooled();
    float[] factor = pooling.factor();
    for (int c = 0; c < columns.size(); c++) {
      for (int i = 0; i < count; i++) {
        int to = i * stride + at + c * width;
        int from = i * width;
        switch (columns.get(c)) {
          case POOLED -> System.arraycopy(pooled, from, output, to, width);
          case TARGET -> System.arraycopy(targets, from, output, to, width);
          case PRODUCT -> Scratch.multiply(output, to, pooled, from, factor, from, width);
        }
      }
    }
  }

  private float[] pooled() {
    return map == null ? pooling.output() : map.output();
  }

  /**
   * Adds the gradients of its parameters and of the tables.
   *
   * @param outputGradient [count, stride], from column {@code at} on
   * @param fieldsGradient [count, fieldsWidth], receives what the target's fields get
   */
  void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      SampleBatch batch,
      float[] outputGradient,
      int at,
      int stride,
      float[] fieldsGradient,
      int fieldsWidth) {
    int count = batch.count();
    int all = batch.capacity() * width;
    targetGradient = Vectors.atLeast(targetGradient, all);
    factorGradient = Vectors.atLeast(factorGradient, all);
    pooledGradient = Vectors.atLeast(pooledGradient, all);
    Arrays.fill(targetGradient, 0, count * width, 0f);
    Arrays.fill(factorGradient, 0, count * width, 0f);
    Arrays.fill(pooledGradient, 0, count * width, 0f);
    float[] pooled = pooled();
    float[] factor = pooling.factor();
    for (int c = 0; c < columns.size(); c++) {
      for (int i = 0; i < count; i++) {
        int from = i * stride + at + c * width;
        int to = i * width;
        switch (columns.get(c)) {
          case POOLED -> Vectors.add(pooledGradient, to, outputGradient, from, width);
          case TARGET -> Vectors.add(targetGradient, to, outputGradient, from, width);
          case PRODUCT -> {
            Scratch.addProduct(pooledGradient, to, factor, to, outputGradient, from, width);
            Scratch.addProduct(factorGradient, to, pooled, to, outputGradient, from, width);
          }
        }
      }
    }
    if (map != null) {
      System.arraycopy(pooledGradient, 0, map.outputGradient(), 0, count * width);
      map.backward(weights, gradients, count, 0, pooledGradient);
      scale.backward(weights, gradients, count, pooledGradient, pooledGradient);
    }
    pooling.backward(weights, gradients, batch, pooledGradient, factorGradient, targetGradient);
    behaviours.scatterTargetRow(gradients, targetGradient, count);
    for (int a = 0; a < targetFields.length; a++) {
      boolean field = targetFields[a] >= 0;
      float[] target = field ? fieldsGradient : gradients.array(targetVectors[a]);
      for (int i = 0; i < count; i++) {
        int to =
            field ? i * fieldsWidth + targetFields[a] * size : gradients.offset(targetVectors[a]);
        Vectors.add(target, to, targetGradient, i * width + a * size, size);
      }
    }
  }

  @Override
  public String toString() {
    return "Interest[" + sequence.name() + ", " + columns + "]";
  }
}
