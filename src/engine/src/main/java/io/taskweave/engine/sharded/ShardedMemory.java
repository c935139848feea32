package io.taskweave.engine.sharded;

import io.taskweave.core.parameter.Parameter;
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
      bytes += plan.lifetime().admits() ? plan.cores() * Sightings.bytes(each) : 0;
    }
    return bytes;
  }

  /** Dense weights, their accumulators, their gradient, and one gradient a thread. */
  long dense() {
    DenseLayout layout = new DenseLayout(plan.parameters(), tables, plan.gradientsApart());
    long accumulators = places(layout, plan.statesApart()) * plan.rule().accumulators().size();
    return Float.BYTES * (layout.size() + accumulators + gradient(layout) * (1 + plan.cores()));
  }

  private static long gradient(DenseLayout layout) {
    return places(layout, layout.tasks());
  }

  private static long places(DenseLayout layout, int each) {
    return layout.size() + (long) layout.shared() * (each - 1);
  }

  /**
   * The rows of one batch: weights and gradients in each thread, and the sums of the gradients. At
   * most one row for each id that a batch holds.
   */
  long batchRows() {
    return batchWeights() + 2 * batchGradients();
  }

  /** Whether the steps of a burst compute gradients of single tasks. */
  private boolean probes() {
    return measures() && !plan.training().alwaysMeasured();
  }

  private boolean measures() {
    return plan.training().dominance().enabled()
        && plan.parameters().parameters().stream().anyMatch(Parameter::shared);
  }

  /** What is measured of each task: averages, choice of elements, and gradients of one alone. */
  long dominance() {
    if (!measures()) {
      return 0;
    }
    int tasks = plan.tasks();
    long bytes = probes() ? batchGradients() * (tasks - 1) : 0;
    for (Parameter parameter : plan.parameters().parameters()) {
      if (parameter.shared()) {
        int width = parameter.shape()[parameter.shape().length - 1];
        long elements = Math.min(parameter.size(), plan.training().dominance().sample());
        boolean rows = parameter.ids() != null;
        long here = elements / plan.executors();
        bytes +=
            rows
                ? RowMeter.bytes(plan, here / width, width)
                : DenseMeter.bytes(plan, elements, here);
      }
    }
    return bytes;
  }

  private long batchWeights() {
    long bytes = 0;
    for (RowLayout table : tables) {
      bytes += Float.BYTES * distinct(table) * table.weights();
    }
    return bytes;
  }

  private long batchGradients() {
    long bytes = 0;
    for (RowLayout table : tables) {
      for (int view = 0; view < table.views(); view++) {
        bytes += Float.BYTES * distinct(table) * table.width(view) * table.slots(view);
      }
    }
    return bytes;
  }

  private long distinct(RowLayout table) {
    long ids = plan.training().batchSize() / plan.executors() * idsPerSample(table.table());
    return Math.min(ids, (long) table.tableRows() * plan.cores());
  }

  /**
   * What several executors need on top: the rows of the next batch, those that others read here,
   * blocks on their way in, and dense parameters packed.
   */
  long exchange() {
    if (plan.executors() == 1) {
      return 0;
    }
    DenseLayout layout = new DenseLayout(plan.parameters(), tables, plan.gradientsApart());
    int tasks = plan.tasks();
    return 3 * (batchWeights() + batchGradients())
        + (probes() ? 2L * (tasks - 1) * batchGradients() : 0)
        + Float.BYTES * 2 * (gradient(layout) + layout.size());
  }

  /** Blocks that wait for others in Spark's storage. */
  long blocks() {
    if (plan.executors() == 1) {
      return 0;
    }
    DenseLayout layout = new DenseLayout(plan.parameters(), tables, plan.gradientsApart());
    long slices = 2 * (gradient(layout) + layout.size()) / plan.executors();
    return batchWeights() + batchGradients() + Float.BYTES * (gradient(layout) + slices);
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
