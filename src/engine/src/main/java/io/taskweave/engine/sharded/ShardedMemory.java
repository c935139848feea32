package io.taskweave.engine.sharded;

import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import java.util.List;

/** Bytes that a sharded training takes in one executor, before it starts. */
final class ShardedMemory {
  /** Ids that a list of values is taken to have. */
  private static final int VALUES_PER_LIST = 8;

  private final ShardedPlan plan;
  private final List<RowLayout> tables;

  ShardedMemory(ShardedPlan plan) {
    this.plan = plan;
    this.tables = plan.tables();
  }

  /** Rows once every id of every table has been seen, with their index. */
  long rows() {
    long bytes = 0;
    for (RowLayout table : tables) {
      long each = (table.tableRows() + plan.shards() - 1L) / plan.shards();
      bytes += plan.cores() * RowStore.bytes(table, each);
    }
    return bytes;
  }

  /** Dense weights, their accumulators, their gradient, and one gradient a thread. */
  long dense() {
    DenseLayout layout = new DenseLayout(plan.parameters(), tables, plan.gradientsApart());
    long gradient = layout.size() + (long) layout.shared() * (layout.tasks() - 1);
    long accumulators = gradient * plan.rule().accumulators().size();
    return Float.BYTES * (layout.size() + accumulators + gradient * (1 + plan.cores()));
  }

  /**
   * The rows of one batch: weights and gradients in each thread, and the sums of the gradients. At
   * most one row for each id that a batch holds.
   */
  long batchRows() {
    long bytes = 0;
    for (RowLayout table : tables) {
      long ids = plan.training().batchSize() / plan.executors() * idsPerSample(table.table());
      long distinct = Math.min(ids, (long) table.tableRows() * plan.cores());
      long gradients = 0;
      for (int view = 0; view < table.views(); view++) {
        gradients += (long) table.width(view) * table.slots(view);
      }
      bytes += Float.BYTES * distinct * (table.weights() + 2 * gradients);
    }
    return bytes;
  }

  private long idsPerSample(String table) {
    SampleLayout samples = plan.training().layout();
    long ids = 0;
    for (Field field : samples.fields()) {
      if (field.kind() != FieldKind.NUMERIC && field.table().equals(table)) {
        ids += field.kind() == FieldKind.CATEGORICAL ? 1 : VALUES_PER_LIST;
      }
    }
    for (Sequence sequence : samples.sequences()) {
      for (SequenceAttribute attribute : sequence.attributes()) {
        ids += attribute.table().equals(table) ? sequence.maxLength() : 0;
      }
    }
    return ids;
  }
}
