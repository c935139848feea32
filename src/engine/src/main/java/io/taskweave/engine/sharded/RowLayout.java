package io.taskweave.engine.sharded;

import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One row of a table of ids: the weights of all its views side by side, then for each view the
 * accumulators of the update rule. So whatever a step needs of an id lies together.
 */
final class RowLayout {
  private final String table;
  private final int tableRows;
  private final List<Parameter> parameters;
  private final int[] indices;
  private final int[] widths;
  private final int[] slots;
  private final int[] states;
  private final int[] weightOffsets;
  private final int[] stateOffsets;
  private final int accumulators;

  /**
   * @param indices of the parameters that are views of this table, in their model
   * @param tasks gradients of a view that several tasks reach; 1 for their sum
   * @param states values of each accumulator for such a weight
   * @param accumulators arrays of the update rule
   */
  RowLayout(
      String table,
      ParameterLayout model,
      List<Integer> indices,
      int tasks,
      int states,
      int accumulators) {
    int views = indices.size();
    this.table = table;
    this.tableRows = model.get(indices.get(0)).shape()[0];
    this.parameters = indices.stream().map(model::get).toList();
    this.indices = indices.stream().mapToInt(Integer::intValue).toArray();
    this.widths = parameters.stream().mapToInt(view -> view.shape()[1]).toArray();
    this.slots = parameters.stream().mapToInt(view -> view.shared() ? tasks : 1).toArray();
    this.states = parameters.stream().mapToInt(view -> view.shared() ? states : 1).toArray();
    this.weightOffsets = new int[views + 1];
    this.stateOffsets = new int[views + 1];
    this.accumulators = accumulators;
    for (int view = 0; view < views; view++) {
      weightOffsets[view + 1] = weightOffsets[view] + widths[view];
    }
    stateOffsets[0] = weightOffsets[views];
    for (int view = 0; view < views; view++) {
      stateOffsets[view + 1] = stateOffsets[view] + accumulators * stateWidth(view);
    }
  }

  /**
   * The tables of ids of a model, in the order of its parameters. A table that is not read by ids
   * alone is not among them: it is as dense as any other weight.
   *
   * @param tasks gradients of a view that several tasks reach; 1 for their sum
   * @param states values of each accumulator for a weight of such a view
   */
  static List<RowLayout> of(ParameterLayout model, int tasks, int states, int accumulators) {
    Map<String, List<Integer>> views = new LinkedHashMap<>();
    for (int i = 0; i < model.count(); i++) {
      if (model.get(i).ids() != null) {
        views.computeIfAbsent(model.get(i).ids(), name -> new ArrayList<>()).add(i);
      }
    }
    List<RowLayout> layouts = new ArrayList<>();
    views.forEach(
        (table, indices) ->
            layouts.add(new RowLayout(table, model, indices, tasks, states, accumulators)));
    return layouts;
  }

  String table() {
    return table;
  }

  /** Rows of the whole table, seen or not. */
  int tableRows() {
    return tableRows;
  }

  int views() {
    return indices.length;
  }

  /** A view's index among the model's parameters. */
  int parameterIndex(int view) {
    return indices[view];
  }

  Parameter parameter(int view) {
    return parameters.get(view);
  }

  int width(int view) {
    return widths[view];
  }

  /** Gradients of each weight of a view. */
  int slots(int view) {
    return slots[view];
  }

  /** Values of an accumulator for a row of a view: [width, tasks] or [width]. */
  int stateWidth(int view) {
    return widths[view] * states[view];
  }

  int accumulators() {
    return accumulators;
  }

  int weightOffset(int view) {
    return weightOffsets[view];
  }

  /** Where an accumulator of a view starts. */
  int stateOffset(int view, int accumulator) {
    return stateOffsets[view] + accumulator * stateWidth(view);
  }

  /** Weights of a row. */
  int weights() {
    return weightOffsets[indices.length];
  }

  /** Weights and accumulators of a row. */
  int floats() {
    return stateOffsets[indices.length];
  }
}
