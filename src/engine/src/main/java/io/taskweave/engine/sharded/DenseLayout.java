package io.taskweave.engine.sharded;

import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import java.util.ArrayList;
import java.util.List;

/**
 * The parameters that every batch reads as a whole, one after the other in a flat array: first
 * those with a gradient a task, then the others.
 */
final class DenseLayout {
  private final ParameterLayout model;
  private final int[] indices;
  private final ParameterLayout dense;
  private final int tasks;
  private final int shared;

  /**
   * @param tables whose parameters are not dense
   * @param tasks gradients of a parameter that several tasks reach; 1 for their sum
   */
  DenseLayout(ParameterLayout model, List<RowLayout> tables, int tasks) {
    this.model = model;
    this.tasks = tasks;
    boolean[] taken = new boolean[model.count()];
    for (RowLayout table : tables) {
      for (int view = 0; view < table.views(); view++) {
        taken[table.parameterIndex(view)] = true;
      }
    }
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < taken.length; i++) {
      if (!taken[i] && apart(model, i)) {
        kept.add(i);
        taken[i] = true;
      }
    }
    int apart = kept.size();
    for (int i = 0; i < taken.length; i++) {
      if (!taken[i]) {
        kept.add(i);
      }
    }
    this.indices = kept.stream().mapToInt(Integer::intValue).toArray();
    this.dense = new ParameterLayout(kept.stream().map(model::get).toList());
    this.shared = dense.offset(apart);
  }

  private boolean apart(ParameterLayout model, int index) {
    return tasks > 1 && model.get(index).shared();
  }

  ParameterLayout model() {
    return model;
  }

  /** The dense parameters alone. */
  ParameterLayout parameters() {
    return dense;
  }

  int size() {
    return dense.size();
  }

  /** Weights with a gradient a task; they come first. */
  int shared() {
    return shared;
  }

  int tasks() {
    return tasks;
  }

  void bindWeights(ParameterStorage storage, float[] values) {
    for (int i = 0; i < indices.length; i++) {
      storage.bind(indices[i], values, dense.offset(i));
    }
  }

  /**
   * @param ofTask gradients by one task of the shared weights
   * @param single gradients of the others
   */
  void bindGradients(ParameterStorage storage, float[] ofTask, float[] single) {
    for (int i = 0; i < indices.length; i++) {
      if (dense.offset(i) < shared) {
        storage.bind(indices[i], ofTask, dense.offset(i));
      } else {
        storage.bind(indices[i], single, dense.offset(i) - shared);
      }
    }
  }

  /** A parameter's place among the dense ones, or -1. */
  int place(int modelIndex) {
    for (int i = 0; i < indices.length; i++) {
      if (indices[i] == modelIndex) {
        return i;
      }
    }
    return -1;
  }
}
