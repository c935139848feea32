package io.taskweave.engine.sharded;

import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.ParameterStorage;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of one table that one thread's part of a batch reads, as a table of its own: weights of
 * each view, and a gradient for each view or for each task of it.
 */
final class BatchTable {
  private final RowLayout layout;
  private final int owners;
  private final long ownerKey;
  private final IdNumbering numbering = new IdNumbering();
  private final float[][] weights;
  private final float[][][] gradients;
  private final int[] ownerStarts;
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

  /** Rows that this batch wants of an owner. */
  int wanted(int owner) {
    return ownerStarts[owner + 1] - ownerStarts[owner];
  }

  /** Number of the i-th row that this batch wants of an owner. */
  int number(int owner, int i) {
    return byOwner[ownerStarts[owner] + i];
  }

  long id(int number) {
    return numbering.id(number);
  }

  /** Takes in the weights of a row. */
  void putWeights(int number, float[] page, int offset) {
    for (int view = 0; view < weights.length; view++) {
      int width = layout.width(view);
      System.arraycopy(
          page, offset + layout.weightOffset(view), weights[view], number * width, width);
    }
  }

  /** Gradient of a view: [numbers, width]. */
  float[] gradient(int view, int slot) {
    return gradients[view][slot];
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
