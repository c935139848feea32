package io.taskweave.engine.sharded;

import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.RenumberedBatch;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.training.ValidationData;
import java.util.ArrayList;
import java.util.List;

/** Scores samples with the rows of this process. */
final class BlockScoring implements ValidationData.BlockScores {
  private final MultiTaskModel model;
  private final RowReader reader;
  private final List<BatchTable> tables = new ArrayList<>();
  private final TableNumbers numbers;
  private final ParameterStorage weights;

  BlockScoring(ExecutorState state, SampleLayout samples) {
    this.model = state.plan().training().model().create(samples);
    this.reader = new RowReader(state);
    state.tables().forEach(layout -> tables.add(new BatchTable(layout, 1)));
    this.numbers = new TableNumbers(samples, tables);
    this.weights = new ParameterStorage(model.parameters().count());
    state.denseLayout().bindWeights(weights, state.dense().weights());
  }

  @Override
  public void score(SampleBatch batch, float[] logits) {
    tables.forEach(BatchTable::clear);
    SampleBatch renumbered = RenumberedBatch.of(batch, numbers);
    for (int table = 0; table < tables.size(); table++) {
      BatchTable rows = tables.get(table);
      rows.seal();
      for (int i = 0; i < rows.wanted(0); i++) {
        int number = rows.number(0, i);
        rows.putWeights(number, reader.read(table, rows.id(number)), 0);
      }
      rows.bindWeights(weights);
    }
    model.score(weights, renumbered, logits);
  }
}
