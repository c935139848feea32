package io.taskweave.core.layer;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.Pooling;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One view of the samples: for each row the vectors of all fields side by side, [count, fields x
 * size]. A categorical field reads a row of its table, a multi-valued one the mean or sum of rows,
 * a numeric one scales a learned vector. Id 0 is padding: it stands for the zero vector, does not
 * count in a mean, and its row gets no gradient. In training, a field with id dropout shows a share
 * of the known ids as out of vocabulary, the same ones in all views.
 */
public final class Embedding {
  private final List<Field> fields;
  private final int size;
  private final int width;
  private final int[] parameters;
  private final Map<String, Integer> tables = new HashMap<>();
  private final Hiding[] hidings;
  private Pass pass = Pass.SCORING;
  private float[] output = {};
  private float[] gradient = {};

  /**
   * Registers the tables, named {@code embedding/<view>/<table>}, and the vectors of numeric
   * fields, named {@code numeric/<view>/<field>/weight}.
   *
   * @param size width D of each table
   * @param views views that the model has for one row: together they form the fan-out of a numeric
   *     field's map
   * @param tasks tasks whose loss reaches this view
   */
  public Embedding(
      ParameterRegistry registry,
      String view,
      SampleLayout samples,
      int size,
      double deviation,
      int views,
      BitSet tasks) {
    this.fields = samples.fields();
    this.size = size;
    this.width = Math.multiplyExact(fields.size(), size);
    this.parameters = new int[fields.size()];
    this.hidings = new Hiding[fields.size()];
    for (int f = 0; f < parameters.length; f++) {
      Field field = fields.get(f);
      hidings[f] = new Hiding("id-dropout/" + field.name(), field.idDropout());
      parameters[f] =
          field.kind() == FieldKind.NUMERIC
              ? registry.dense(
                  "numeric/" + view + "/" + field.name() + "/weight",
                  tasks,
                  Initialization.xavierNormal(1, Math.multiplyExact(size, views)),
                  1,
                  size)
              : tables.computeIfAbsent(
                  field.table(),
                  table ->
                      registry.tableOfIds(
                          "embedding/" + view + "/" + table,
                          table,
                          field.tableRows(),
                          size,
                          tasks,
                          Initialization.table(deviation)));
    }
  }

  /** Indices of this view's tables by name, for those who read them too and may add to them. */
  public Map<String, Integer> tables() {
    return tables;
  }

  /** Elements a row. */
  public int width() {
    return width;
  }

  /** [count, width] of the last {@link #forward}. */
  public float[] output() {
    return output;
  }

  /** [count, width], to be filled before {@link #backward}. */
  public float[] gradient() {
    return gradient;
  }

  /**
   * Gathers.
   *
   * @throws InputRejectedException if an id lies outside its table
   */
  public void forward(ParameterStorage weights, SampleBatch batch, Pass pass) {
    this.pass = pass;
    output = Vectors.atLeast(output, batch.capacity() * width);
    gradient = Vectors.atLeast(gradient, batch.capacity() * width);
    for (int f = 0; f < parameters.length; f++) {
      float[] array = weights.array(parameters[f]);
      int base = weights.offset(parameters[f]);
      switch (fields.get(f).kind()) {
        case CATEGORICAL -> gather(f, array, base, batch);
        case MULTI_VALUED -> pool(f, array, base, batch);
        case NUMERIC -> {
          float[] numbers = batch.block().numbers(f);
          for (int i = 0; i < batch.count(); i++) {
            Vectors.scale(
                output, i * width + f * size, numbers[batch.rows()[i]], array, base, size);
          }
        }
      }
    }
  }

  private void gather(int f, float[] table, int base, SampleBatch batch) {
    int[] ids = batch.block().ids(f);
    int rows = fields.get(f).tableRows();
    for (int i = 0; i < batch.count(); i++) {
      int row = batch.rows()[i];
      if (ids[row] < 0 || ids[row] >= rows) {
        throw outside(f, ids[row]);
      }
      int id = shown(f, batch.block(), row, ids[row], 0);
      System.arraycopy(table, base + id * size, output, i * width + f * size, size);
    }
  }

  private void pool(int f, float[] table, int base, SampleBatch batch) {
    int[] ids = batch.block().ids(f);
    int[] starts = batch.block().starts(f);
    int rows = fields.get(f).tableRows();
    for (int i = 0; i < batch.count(); i++) {
      int row = batch.rows()[i];
      int to = i * width + f * size;
      Arrays.fill(output, to, to + size, 0f);
      float factor = factor(f, ids, starts[row], starts[row + 1]);
      for (int v = starts[row]; v < starts[row + 1]; v++) {
        if (ids[v] < 0 || ids[v] >= rows) {
          throw outside(f, ids[v]);
        }
        int id = shown(f, batch.block(), row, ids[v], v - starts[row]);
        if (id != Field.PADDING_ID) {
          Vectors.addScaled(output, to, factor, table, base + id * size, size);
        }
      }
    }
  }

  private float factor(int f, int[] ids, int from, int to) {
    if (fields.get(f).pooling() == Pooling.SUM) {
      return 1;
    }
    int known = 0;
    for (int v = from; v < to; v++) {
      known += ids[v] == Field.PADDING_ID ? 0 : 1;
    }
    return known == 0 ? 0 : 1f / known;
  }

  /** The id that the model sees in the last pass. */
  private int shown(int f, SampleBlock block, int row, int id, int position) {
    Hiding hiding = hidings[f];
    if (id <= Field.UNKNOWN_ID || !hiding.active(pass)) {
      return id;
    }
    long sampleKey = hiding.sampleKey(pass, block.sampleIds()[row]);
    return hiding.hides(sampleKey, position) ? Field.UNKNOWN_ID : id;
  }

  private InputRejectedException outside(int f, int id) {
    Field field = fields.get(f);
    return new InputRejectedException(
        "Cannot look up feature "
            + field.name()
            + ": id outside table "
            + field.table()
            + " of "
            + field.tableRows()
            + " rows ("
            + id
            + "), encode the samples with this model's vocabularies");
  }

  /** Scatters {@link #gradient} of the last batch into the tables' gradients. */
  public void backward(SampleBatch batch, ParameterStorage gradients) {
    for (int f = 0; f < parameters.length; f++) {
      float[] array = gradients.array(parameters[f]);
      int base = gradients.offset(parameters[f]);
      switch (fields.get(f).kind()) {
        case CATEGORICAL -> scatter(f, array, base, batch);
        case MULTI_VALUED -> unpool(f, array, base, batch);
        case NUMERIC -> {
          float[] numbers = batch.block().numbers(f);
          for (int i = 0; i < batch.count(); i++) {
            Vectors.addScaled(
                array, base, numbers[batch.rows()[i]], gradient, i * width + f * size, size);
          }
        }
      }
    }
  }

  private void scatter(int f, float[] table, int base, SampleBatch batch) {
    int[] ids = batch.block().ids(f);
    for (int i = 0; i < batch.count(); i++) {
      int row = batch.rows()[i];
      int id = shown(f, batch.block(), row, ids[row], 0);
      if (id != Field.PADDING_ID) {
        Vectors.add(table, base + id * size, gradient, i * width + f * size, size);
      }
    }
  }

  private void unpool(int f, float[] table, int base, SampleBatch batch) {
    int[] ids = batch.block().ids(f);
    int[] starts = batch.block().starts(f);
    for (int i = 0; i < batch.count(); i++) {
      int row = batch.rows()[i];
      float factor = factor(f, ids, starts[row], starts[row + 1]);
      for (int v = starts[row]; v < starts[row + 1]; v++) {
        int id = shown(f, batch.block(), row, ids[v], v - starts[row]);
        if (id != Field.PADDING_ID) {
          int to = base + id * size;
          Vectors.addScaled(table, to, factor, gradient, i * width + f * size, size);
        }
      }
    }
  }
}
