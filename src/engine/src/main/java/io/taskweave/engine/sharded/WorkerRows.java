package io.taskweave.engine.sharded;

import io.taskweave.core.sample.IdNumbers;
import io.taskweave.core.sample.RenumberedBatch;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import java.util.ArrayList;
import java.util.List;

/** One thread's samples of a step, and the rows of tables that they read. */
final class WorkerRows {
  private final List<BatchTable> tables = new ArrayList<>();
  private final IdNumbers numbers;
  private SampleBatch batch;

  /**
   * @param owners shards that own rows
   */
  WorkerRows(SampleLayout samples, List<RowLayout> layouts, int owners) {
    layouts.forEach(layout -> tables.add(new BatchTable(layout, owners)));
    this.numbers = new TableNumbers(samples, tables);
  }

  void begin(SampleBatch samples) {
    tables.forEach(BatchTable::clear);
    batch = RenumberedBatch.of(samples, numbers);
    tables.forEach(BatchTable::seal);
  }

  List<BatchTable> tables() {
    return tables;
  }

  /** The samples, with the numbers of their rows for ids. */
  SampleBatch batch() {
    return batch;
  }
}
