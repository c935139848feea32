package io.taskweave.engine.sharded;

import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.ParameterStorage;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of one table that one thread's part of a batch reads, as a table of its own: weights of
 * each view, and a gradient for each view or for each task of it.
 */
final class BatchTable implements BatchRows {
  private final RowLayout layout;
  private final int owners;
  private final long ownerKey;
  private final IdNumbering numbering = new IdNumbering();
  private final float[][] weights;
  private final float[][][] gradients;
  private final int[] ownerStarts;
  private float[][][] probes = {};
  private int[] byOwner = {};
  private int[] ownerOf = {};

  BatchTable(RowLayout layout, int owners) {
    this.layout = layout;
    this.owners = owners;
    this.ownerKey = Owner.key(layout.table());
    this.weights = new float[layout.views()][0];
    this.gradients = new float[layout.views()][][];
    for (int view = 0; view < layout.views(); view++) {
      gradients[view] = new float[layout.slots(view)][0];
    }
    this.ownerStarts = new int[owners + 1];
  }

  RowLayout layout() {
    return layout;
  }

  void clear() {
    numbering.clear();
  }

  /** An id outside the table stays as it is, for the model to refuse. */
  int number(int id) {
    return id < layout.tableRows() ? numbering.number(id) : id;
  }

  /** Once all ids are numbered: finds who owns them and makes room for their weights. */
  void seal() {
    int count = numbering.count();
    if (ownerOf.length < count) {
      ownerOf = new int[count + count / 2];
      byOwner = new int[ownerOf.length];
    }
    Arrays.fill(ownerStarts, 0);
    for (int number = 0; number < count; number++) {
      int owner = Owner.of(ownerKey, numbering.id(number), owners);
      ownerOf[number] = owner;
      ownerStarts[owner + 1]++;
    }
    for (int owner = 0; owner < owners; owner++) {
      ownerStarts[owner + 1] += ownerStarts[owner];
    }
    for (int number = count - 1; number >= 0; number--) {
      byOwner[--ownerStarts[ownerOf[number] + 1]] = number;
    }
    // Each start has moved down to its own; put them in order again.
    System.arraycopy(ownerStarts, 1, ownerStarts, 0, owners);
    ownerStarts[owners] = count;
    for (int view = 0; view < layout.views(); view++) {
      int size = Math.multiplyExact(count, layout.width(view));
      if (weights[view].length < size) {
        weights[view] = new float[size + size / 2];
      }
    }
  }

  /** Makes room for the gradients of the sealed rows, and zeroes it. */
  void clearGradients() {
    for (int view = 0; view < layout.views(); view++) {
      int size = numbering.count() * layout.width(view);
      for (int slot = 0; slot < layout.slots(view); slot++) {
        gradients[view][slot] = Vectors.atLeast(gradients[view][slot], weights[view].length);
        Arrays.fill(gradients[view][slot], 0, size, 0f);
      }
    }
  }

  @Override
  public int wanted(int owner) {
    return ownerStarts[owner + 1] - ownerStarts[owner];
  }

  @Override
  public int number(int owner, int i) {
    return byOwner[ownerStarts[owner] + i];
  }

  @Override
  public long id(int number) {
    return numbering.id(number);
  }

  @Override
  public void putWeights(int number, float[] page, int offset) {
    for (int view = 0; view < weights.length; view++) {
      int width = layout.width(view);
      System.arraycopy(
          page, offset + layout.weightOffset(view), weights[view], number * width, width);
    }
  }

  @Override
  public float[] gradient(int view, int slot) {
    return gradients[view][slot];
  }

  /** Keeps the gradients as those of one task alone. */
  void keepProbe(int task) {
    if (task == probes.length) {
      probes = Arrays.copyOf(probes, task + 1);
      probes[task] = new float[layout.views()][0];
    }
    for (int view = 0; view < layout.views(); view++) {
      float[] kept = gradients[view][0];
      gradients[view][0] = probes[task][view];
      probes[task][view] = kept;
    }
  }

  @Override
  public float[] probe(int view, int task) {
    return probes[task][view];
  }

  private int wanted(int from, int to) {
    return ownerStarts[to] - ownerStarts[from];
  }

  /** Bytes of the ids that this batch wants of owners, and of their counts. */
  long idBytes(int fromOwner, int toOwner) {
    return (long) Integer.BYTES * (toOwner - fromOwner)
        + (long) Long.BYTES * wanted(fromOwner, toOwner);
  }

  void writeIds(int fromOwner, int toOwner, ByteBuffer request) {
    for (int owner = fromOwner; owner < toOwner; owner++) {
      request.putInt(wanted(owner));
    }
    for (int i = ownerStarts[fromOwner]; i < ownerStarts[toOwner]; i++) {
      request.putLong(numbering.id(byOwner[i]));
    }
  }

  /** Takes in the weights of all rows that were asked of owners, in the order of their ids. */
  void readWeights(int fromOwner, int toOwner, FloatBuffer answer) {
    float[] row = new float[layout.weights()];
    for (int i = ownerStarts[fromOwner]; i < ownerStarts[toOwner]; i++) {
      answer.get(row);
      putWeights(byOwner[i], row, 0);
    }
  }

  /**
   * Bytes of the gradients of the rows of owners.
   *
   * @param probed tasks whose own gradients are among them
   */
  long gradientBytes(int fromOwner, int toOwner, int probed) {
    long floats = 0;
    for (int view = 0; view < layout.views(); view++) {
      floats += (long) layout.width(view) * (layout.slots(view) + probed);
    }
    return Float.BYTES * floats * wanted(fromOwner, toOwner);
  }

  /** View after view and slot after slot, each in the order of the ids; then task after task. */
  void writeGradients(int fromOwner, int toOwner, int probed, FloatBuffer target) {
    for (int view = 0; view < layout.views(); view++) {
      for (float[] gradient : gradients[view]) {
        write(gradient, view, fromOwner, toOwner, target);
      }
    }
    for (int task = 0; task < probed; task++) {
      for (int view = 0; view < layout.views(); view++) {
        write(probes[task][view], view, fromOwner, toOwner, target);
      }
    }
  }

  private void write(float[] gradient, int view, int fromOwner, int toOwner, FloatBuffer target) {
    int width = layout.width(view);
    for (int i = ownerStarts[fromOwner]; i < ownerStarts[toOwner]; i++) {
      target.put(gradient, byOwner[i] * width, width);
    }
  }

  void bindWeights(ParameterStorage storage) {
    for (int view = 0; view < weights.length; view++) {
      storage.bind(layout.parameterIndex(view), weights[view], 0);
    }
  }

  /**
   * @param byTask a storage for each task, or one for their sum
   */
  void bindGradients(List<ParameterStorage> byTask) {
    for (int view = 0; view < weights.length; view++) {
      for (int task = 0; task < byTask.size(); task++) {
        int slot = layout.slots(view) == 1 ? 0 : task;
        byTask.get(task).bind(layout.parameterIndex(view), gradients[view][slot], 0);
      }
    }
  }
}
