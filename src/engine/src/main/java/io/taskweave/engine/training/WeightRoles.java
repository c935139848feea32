package io.taskweave.engine.training;

import io.taskweave.core.parameter.GradientSlots;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.SlotLayout;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Which weights of the flat vector are whose, by their number in the order of the slots.
 *
 * @param tasks tasks of the model
 * @param tables embedding tables
 * @param owned runs of weights that one task reaches, ascending; where gradients are summed over
 *     tasks, all weights count as the first task's
 * @param lastShared the last layer's weights that several tasks reach; empty if there are none
 */
record WeightRoles(
    GradientSlots slots, int tasks, List<Table> tables, List<Owned> owned, Range lastShared)
    implements Serializable {

  /** Rows of an embedding table. */
  record Table(int first, int end, int width) implements Serializable {}

  /** Weights of one task. */
  record Owned(int first, int end, int task) implements Serializable {}

  /** Consecutive weights. */
  record Range(int first, int end) implements Serializable {}

  /** Receives a run of weights. */
  interface Visitor {
    void visit(int task, int from, int to);
  }

  /**
   * Roles in a model of so many tasks.
   *
   * @param taskGradients whether gradients are kept apart by task
   */
  static WeightRoles of(SlotLayout layout, int tasks, boolean taskGradients) {
    List<Table> tables = new ArrayList<>();
    List<Owned> owned = new ArrayList<>();
    Range lastShared = new Range(0, 0);
    for (int i = 0; i < layout.parameters().count(); i++) {
      Parameter parameter = layout.parameters().get(i);
      int first = layout.firstWeight(i);
      int end = first + parameter.size();
      if (parameter.isTable()) {
        tables.add(new Table(first, end, parameter.shape()[1]));
      }
      if (!layout.slotted(i)) {
        owned.add(new Owned(first, end, taskGradients ? owner(parameter, tasks) : 0));
      } else if (parameter.name().endsWith("/weight")) {
        lastShared = new Range(first, end);
      }
    }
    return new WeightRoles(layout.slots(), tasks, tables, owned, lastShared);
  }

  private static int owner(Parameter parameter, int tasks) {
    for (int task = 0; task < tasks; task++) {
      if (parameter.reachedBy(task)) {
        return task;
      }
    }
    return 0;
  }

  /** Visits the runs of one task's weights within [from, to). */
  void forEachOwned(int from, int to, Visitor visitor) {
    for (Owned run : owned) {
      int start = Math.max(from, run.first());
      int end = Math.min(to, run.end());
      if (start < end) {
        visitor.visit(run.task(), start, end);
      }
    }
  }
}
