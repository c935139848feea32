package io.taskweave.core.sequence;

import io.taskweave.core.layer.Embedding;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The inputs of one view of the samples, [count, width]: the vectors of the fields side by side,
 * then what each sequence contributes. A sequence reads this view's tables and has its own
 * parameters {@code sequence/<view>/<sequence>/...} in it, so that all of a view is reached by the
 * same tasks.
 */
public final class ViewInputs {
  private final Embedding embedding;
  private final Interest[] interests;
  private final int size;
  private final int[] keptFields;
  private final int width;
  private float[] output = {};
  private float[] gradient = {};

  /**
   * Registers the tables of fields and attributes, the vectors of numeric fields, as {@link
   * Embedding} does, and the parameters of each sequence.
   *
   * @param size width D of each table
   * @param spec how sequences become inputs; of no account without sequences
   * @param views views that the model has for one row
   * @param tasks tasks whose loss reaches this view
   */
  public ViewInputs(
      ParameterRegistry registry,
      String view,
      SampleLayout samples,
      int size,
      double deviation,
      InterestSpec spec,
      int views,
      BitSet tasks) {
    this.size = size;
    embedding = new Embedding(registry, view, samples, size, deviation, views, tasks);
    List<Field> fields = samples.fields();
    List<String> names = fields.stream().map(Field::name).toList();
    BitSet dropped = new BitSet();
    interests = new Interest[spec.columns().isEmpty() ? 0 : samples.sequences().size()];
    int sum = 0;
    for (int s = 0; s < interests.length; s++) {
      Sequence sequence = samples.sequences().get(s);
      interests[s] =
          new Interest(
              registry,
              "sequence/" + view + "/" + sequence.name(),
              sequence,
              s,
              spec,
              size,
              deviation,
              attribute -> names.indexOf(attribute.target()),
              attribute -> table(registry, view, attribute, deviation, tasks),
              tasks);
      sum = Math.addExact(sum, interests[s].width());
      if (spec.columns().contains(InterestColumn.TARGET)) {
        sequence.attributes().stream()
            .filter(attribute -> attribute.target() != null)
            .forEach(attribute -> dropped.set(names.indexOf(attribute.target())));
      }
    }
    keptFields = new int[fields.size() - dropped.cardinality()];
    for (int f = dropped.nextClearBit(0), k = 0; k < keptFields.length; k++) {
      keptFields[k] = f;
      f = dropped.nextClearBit(f + 1);
    }
    width = Math.addExact(Math.multiplyExact(keptFields.length, size), sum);
  }

  private int table(
      ParameterRegistry registry,
      String view,
      SequenceAttribute attribute,
      double deviation,
      BitSet tasks) {
    return embedding
        .tables()
        .computeIfAbsent(
            attribute.table(),
            table ->
                registry.tableOfIds(
                    "embedding/" + view + "/" + table,
                    table,
                    attribute.tableRows(),
                    size,
                    tasks,
                    Initialization.table(deviation)));
  }

  /** Elements a row. */
  public int width() {
    return width;
  }

  /** [count, width] of the last {@link #forward}. */
  public float[] output() {
    return interests.length == 0 ? embedding.output() : output;
  }

  /** [count, width], to be filled before {@link #backward}. */
  public float[] gradient() {
    return interests.length == 0 ? embedding.gradient() : gradient;
  }

  /**
   * Gathers and pools.
   *
   * @throws io.taskweave.core.error.InputRejectedException if an id lies outside its table
   */
  public void forward(ParameterStorage weights, SampleBatch batch, Pass pass) {
    embedding.forward(weights, batch, pass);
    if (interests.length == 0) {
      return;
    }
    output = Vectors.atLeast(output, batch.capacity() * width);
    gradient = Vectors.atLeast(gradient, batch.capacity() * width);
    float[] fields = embedding.output();
    int fieldsWidth = embedding.width();
    for (int i = 0; i < batch.count(); i++) {
      for (int k = 0; k < keptFields.length; k++) {
        int from = i * fieldsWidth + keptFields[k] * size;
        System.arraycopy(fields, from, output, i * width + k * size, size);
      }
    }
    int at = keptFields.length * size;
    for (Interest interest : interests) {
      interest.forward(weights, fields, fieldsWidth, batch, pass, output, at, width);
      at += interest.width();
    }
  }

  /** Adds the gradients of tables and other parameters. */
  public void backward(ParameterStorage weights, SampleBatch batch, ParameterStorage gradients) {
    if (interests.length > 0) {
      float[] fields = embedding.gradient();
      int fieldsWidth = embedding.width();
      Arrays.fill(fields, 0, batch.count() * fieldsWidth, 0f);
      for (int i = 0; i < batch.count(); i++) {
        for (int k = 0; k < keptFields.length; k++) {
          int to = i * fieldsWidth + keptFields[k] * size;
          System.arraycopy(gradient, i * width + k * size, fields, to, size);
        }
      }
      int at = keptFields.length * size;
      for (Interest interest : interests) {
        interest.backward(weights, gradients, batch, gradient, at, width, fields, fieldsWidth);
        at += interest.width();
      }
    }
    embedding.backward(batch, gradients);
  }
}
