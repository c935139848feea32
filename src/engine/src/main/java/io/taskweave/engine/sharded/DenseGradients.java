package io.taskweave.engine.sharded;

import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterStorage;
import java.util.ArrayList;
import java.util.List;

/** One thread's gradients of the dense parameters, as a backward pass wants them. */
final class DenseGradients {
  private final float[][] shared;
  private final float[] single;

  DenseGradients(DenseLayout layout) {
    this.shared = new float[layout.tasks()][layout.shared()];
    this.single = new float[layout.size() - layout.shared()];
  }

  /** Of the weights with a gradient a task. */
  float[] shared(int task) {
    return shared[task];
  }

  /** Of the other weights. */
  float[] single() {
    return single;
  }

  /** Storages of the whole model in which the dense parameters are bound, one a task. */
  List<ParameterStorage> storages(DenseLayout layout) {
    List<ParameterStorage> storages = new ArrayList<>();
    for (float[] ofTask : shared) {
      ParameterStorage storage = new ParameterStorage(layout.model().count());
      layout.bindGradients(storage, ofTask, single);
      storages.add(storage);
    }
    return storages;
  }

  static Gradients of(List<ParameterStorage> storages) {
    return storages.size() == 1 ? Gradients.summed(storages.get(0)) : Gradients.perTask(storages);
  }
}
