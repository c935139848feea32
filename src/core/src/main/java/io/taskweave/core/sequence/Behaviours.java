package io.taskweave.core.sequence;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import java.util.BitSet;
import java.util.function.ToIntFunction;

/**
 * The vectors of the events that samples see: [events, attributes x size], the attributes' rows
 * side by side, to which the temporal row is added. Only events that a sample sees are ever looked
 * at: histories have their own lengths, so there is no padding to be masked.
 */
final class Behaviours {
  /** Row of the temporal table that is the target's. */
  static final int TARGET_ROW = 0;

  private static final int ABSENT = -1;

  private final Sequence sequence;
  private final int index;
  private final int size;
  private final int width;
  private final int[] tables;
  private final TemporalKind kind;
  private final int temporal;
  private final int temporalRows;
  private final int positions;
  private final long[] edges;

  /**
   * Registers the temporal table, named {@code <name>/temporal}. As every batch reads most of its
   * few rows, it counts as a weight and not as an embedding table.
   *
   * @param index of the sequence in its layout
   * @param size width of an attribute's rows
   * @param tables parameter of the table of an attribute
   */
  Behaviours(
      ParameterRegistry registry,
      String name,
      Sequence sequence,
      int index,
      int size,
      TemporalSpec spec,
      ToIntFunction<SequenceAttribute> tables,
      BitSet tasks) {
    this.sequence = sequence;
    this.index = index;
    this.size = size;
    this.width = Math.multiplyExact(sequence.attributes().size(), size);
    this.tables = sequence.attributes().stream().mapToInt(tables).toArray();
    this.kind = spec.kind();
    this.positions = Math.min(spec.positions(), sequence.maxLength());
    this.edges = spec.edgesMillis().stream().mapToLong(edge -> edge).toArray();
    if (kind == TemporalKind.INTERVAL && sequence.order() != SequenceOrder.TIME) {
      throw new ConfigurationException(
          "Cannot encode intervals: the events of sequence "
              + sequence.name()
              + " have no time (order = position), encode positions");
    }
    this.temporalRows =
        switch (kind) {
          case NONE -> 0;
          case POSITION -> 1 + positions;
          case INTERVAL -> 2 + edges.length;
        };
    Initialization start = new Initialization(spec.deviation(), false);
    this.temporal =
        temporalRows == 0
            ? ABSENT
            : registry.dense(name + "/temporal", tasks, start, temporalRows, width);
  }

  /** Elements of an event's vector. */
  int width() {
    return width;
  }

  /** Events that a row of a block sees. */
  int length(SampleBlock block, int row) {
    return block.historyEnds(index)[row] - block.historyStarts(index)[row];
  }

  /** Row of the temporal table of the event at {@code event} for a row that sees it. */
  private int temporalRow(SampleBlock block, int row, int event) {
    if (kind == TemporalKind.POSITION) {
      return Math.min(block.historyEnds(index)[row] - event, positions);
    }
    long interval = block.times()[row] - block.history(index).times()[event];
    int low = 0;
    int high = edges.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (edges[middle] <= interval) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return 1 + low;
  }

  /** Parameter of the temporal table, if it has rows. */
  int temporalTable() {
    return temporal;
  }

  /** Rows of the temporal table, 0 without one. */
  int temporalRows() {
    return temporalRows;
  }

  /** Writes the rows of the temporal table of the events that a row sees, oldest first. */
  void writeTemporalRows(SampleBlock block, int row, int[] target, int at) {
    int from = block.historyStarts(index)[row];
    int to = block.historyEnds(index)[row];
    for (int event = from; event < to; event++) {
      target[at + event - from] = temporalRow(block, row, event);
    }
  }

  /**
   * Writes the vectors of the events that a row sees, oldest first.
   *
   * @throws InputRejectedException if an id lies outside its table
   */
  void gather(ParameterStorage weights, SampleBlock block, int row, float[] target, int at) {
    gatherAttributes(weights, block, row, target, at);
    int from = block.historyStarts(index)[row];
    int to = block.historyEnds(index)[row];
    if (temporal != ABSENT) {
      float[] table = weights.array(temporal);
      int base = weights.offset(temporal);
      for (int event = from; event < to; event++) {
        int place = at + (event - from) * width;
        Vectors.add(target, place, table, base + temporalRow(block, row, event) * width, width);
      }
    }
  }

  /**
   * Writes the vectors without the temporal rows.
   *
   * @throws InputRejectedException if an id lies outside its table
   */
  void gatherAttributes(
      ParameterStorage weights, SampleBlock block, int row, float[] target, int at) {
    int from = block.historyStarts(index)[row];
    int to = block.historyEnds(index)[row];
    for (int a = 0; a < tables.length; a++) {
      float[] table = weights.array(tables[a]);
      int base = weights.offset(tables[a]);
      int[] ids = block.history(index).ids(a);
      int rows = sequence.attributes().get(a).tableRows();
      for (int event = from; event < to; event++) {
        int id = ids[event];
        if (id < 0 || id >= rows) {
          throw outside(a, id);
        }
        int place = at + (event - from) * width + a * size;
        System.arraycopy(table, base + id * size, target, place, size);
      }
    }
  }

  /** Adds the gradients of the vectors that {@link #gather} wrote to those of their rows. */
  void scatter(ParameterStorage gradients, SampleBlock block, int row, float[] source, int at) {
    scatterAttributes(gradients, block, row, source, at);
    int from = block.historyStarts(index)[row];
    int to = block.historyEnds(index)[row];
    if (temporal != ABSENT) {
      float[] table = gradients.array(temporal);
      int base = gradients.offset(temporal);
      for (int event = from; event < to; event++) {
        int place = at + (event - from) * width;
        Vectors.add(table, base + temporalRow(block, row, event) * width, source, place, width);
      }
    }
  }

  /** Adds the gradients of the vectors to those of the attributes' rows. */
  void scatterAttributes(
      ParameterStorage gradients, SampleBlock block, int row, float[] source, int at) {
    int from = block.historyStarts(index)[row];
    int to = block.historyEnds(index)[row];
    for (int a = 0; a < tables.length; a++) {
      float[] table = gradients.array(tables[a]);
      int base = gradients.offset(tables[a]);
      int[] ids = block.history(index).ids(a);
      for (int event = from; event < to; event++) {
        if (ids[event] != Field.PADDING_ID) {
          int place = at + (event - from) * width + a * size;
          Vectors.add(table, base + ids[event] * size, source, place, size);
        }
      }
    }
  }

  /** Adds the target's temporal row to each of {@code count} vectors. */
  void addTargetRow(ParameterStorage weights, float[] targets, int count) {
    for (int i = 0; temporal != ABSENT && i < count; i++) {
      int row = weights.offset(temporal) + TARGET_ROW * width;
      Vectors.add(targets, i * width, weights.array(temporal), row, width);
    }
  }

  /** Adds the gradients of the targets to that of the target's temporal row. */
  void scatterTargetRow(ParameterStorage gradients, float[] targetGradients, int count) {
    for (int i = 0; temporal != ABSENT && i < count; i++) {
      int row = gradients.offset(temporal) + TARGET_ROW * width;
      Vectors.add(gradients.array(temporal), row, targetGradients, i * width, width);
    }
  }

  private InputRejectedException outside(int attribute, int id) {
    SequenceAttribute described = sequence.attributes().get(attribute);
    return new InputRejectedException(
        "Cannot look up history "
            + sequence.name()
            + "."
            + described.name()
            + ": id outside table "
            + described.table()
            + " of "
            + described.tableRows()
            + " rows ("
            + id
            + "), encode the history with this model's vocabularies");
  }
}
