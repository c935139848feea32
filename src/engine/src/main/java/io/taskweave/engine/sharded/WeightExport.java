package io.taskweave.engine.sharded;

import io.taskweave.core.format.SafetensorsWriter;
import io.taskweave.core.format.Tensor;
import io.taskweave.core.parameter.ParameterLayout;
import java.io.IOException;
import java.util.List;

/**
 * All weights by name, whole tables included, as every other part of the project reads them. Rows
 * that no batch has named have their initial values.
 */
final class WeightExport {
  /** Where rows come from. */
  interface Tables {
    /** Writes one view of a table, row after row by id. */
    void write(int table, int view, SafetensorsWriter writer) throws IOException;
  }

  private final ExecutorState state;
  private final ParameterLayout model;
  private final Tables tables;

  /**
   * @param state with dense weights that are whole
   */
  WeightExport(ExecutorState state, Tables tables) {
    this.state = state;
    this.model = state.denseLayout().model();
    this.tables = tables;
  }

  /** The rows of an executor that owns all. */
  static Tables own(ExecutorState state) {
    RowReader reader = new RowReader(state);
    return (table, view, writer) -> {
      RowLayout layout = state.tables().get(table);
      for (int id = 0; id < layout.tableRows(); id++) {
        writer.write(reader.read(table, id), layout.weightOffset(view), layout.width(view));
      }
    };
  }

  List<Tensor> tensors() {
    return model.parameters().stream()
        .map(parameter -> Tensor.floats(parameter.name(), parameter.shape()))
        .toList();
  }

  void write(SafetensorsWriter writer) throws IOException {
    for (int i = 0; i < model.count(); i++) {
      int dense = state.denseLayout().place(i);
      if (dense >= 0) {
        ParameterLayout layout = state.denseLayout().parameters();
        writer.write(state.dense().weights(), layout.offset(dense), layout.get(dense).size());
      } else {
        writeTable(i, writer);
      }
    }
  }

  private void writeTable(int parameter, SafetensorsWriter writer) throws IOException {
    for (int table = 0; table < state.tables().size(); table++) {
      RowLayout layout = state.tables().get(table);
      for (int view = 0; view < layout.views(); view++) {
        if (layout.parameterIndex(view) == parameter) {
          tables.write(table, view, writer);
        }
      }
    }
  }
}
