package io.taskweave.core.parameter;

import java.util.List;

/**
 * Where a backward pass adds its gradients. Summed, every task adds to the same arrays. Per task, a
 * parameter that several tasks reach has arrays of its own for each of them; a parameter of one
 * task alone has the same arrays in all.
 */
public final class Gradients {
  private final List<ParameterStorage> byTask;
  private final boolean perTask;

  private Gradients(List<ParameterStorage> byTask, boolean perTask) {
    this.byTask = byTask;
    this.perTask = perTask;
  }

  public static Gradients summed(ParameterStorage storage) {
    return new Gradients(List.of(storage), false);
  }

  public static Gradients perTask(List<ParameterStorage> byTask) {
    return new Gradients(List.copyOf(byTask), true);
  }

  public boolean perTask() {
    return perTask;
  }

  public ParameterStorage of(int task) {
    return byTask.get(perTask ? task : 0);
  }
}
