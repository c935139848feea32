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
  private final ExecutorState state;
  private final ParameterLayout model;

  WeightExport(ExecutorState state) {
    this.state = state;
    this.model = state.denseLayout().model();
  }

  List<Tensor> tensors() {
    return model.parameters().stream()
        .map(parameter -> Tensor.floats(parameter.name(), parameter.shape()))
        .toList();
  }

  void write(SafetensorsWriter writer) throws IOException {
    RowReader reader = new RowReader(state);
    for (int i = 0; i < model.count(); i++) {
      int dense = state.denseLayout().place(i);
      if (dense >= 0) {
        ParameterLayout layout = state.denseLayout().parameters();
        writer.write(state.dense().weights(), layout.offset(dense), layout.get(dense).size());
      } else {
        writeTable(i, reader, writer);
      }
    }
  }

  private void writeTable(int parameter, RowReader reader, SafetensorsWriter writer)
      throws IOException {
    for (int table = 0; table < state.tables().size(); table++) {
      RowLayout layout = state.tables().get(table);
      for (int view = 0; view < layout.views(); view++) {
        if (layout.parameterIndex(view) == parameter) {
          for (int id = 0; id < layout.tableRows(); id++) {
            float[] row = reader.read(table, id);
            writer.write(row, layout.weightOffset(view), layout.width(view));
          }
        }
      }
    }
  }
}
