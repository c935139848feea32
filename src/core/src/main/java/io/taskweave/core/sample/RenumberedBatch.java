package io.taskweave.core.sample;

import java.util.Arrays;

/**
 * The rows of a batch as a block of their own, in the batch's order, with other ids. Everything
 * else is as it was: a model sees no difference but in the tables it looks its ids up in.
 */
public final class RenumberedBatch {
  private final SampleBlock block;
  private final int[] rows;
  private final int count;

  private RenumberedBatch(SampleBatch batch) {
    this.block = batch.block();
    this.rows = batch.rows();
    this.count = batch.count();
  }

  public static SampleBatch of(SampleBatch batch, IdNumbers numbers) {
    return SampleBatch.all(new RenumberedBatch(batch).block(numbers));
  }

  private SampleBlock block(IdNumbers numbers) {
    SampleLayout layout = block.layout();
    int fields = layout.fields().size();
    int[][] ids = new int[fields][];
    int[][] starts = new int[fields][];
    float[][] values = new float[fields][];
    for (int field = 0; field < fields; field++) {
      switch (layout.fields().get(field).kind()) {
        case CATEGORICAL -> ids[field] = ids(field, numbers);
        case MULTI_VALUED -> {
          starts[field] = starts(block.starts(field), block.starts(field), 1);
          ids[field] = lists(field, starts[field], numbers);
        }
        case NUMERIC -> values[field] = floats(block.numbers(field));
      }
    }
    byte[][] labels = new byte[layout.tasks().size()][count];
    for (int task = 0; task < labels.length; task++) {
      for (int i = 0; i < count; i++) {
        labels[task][i] = block.labels(task)[rows[i]];
      }
    }
    int sequences = layout.sequences().size();
    HistoryColumns[] histories = new HistoryColumns[sequences];
    int[][] historyStarts = new int[sequences][];
    int[][] historyEnds = new int[sequences][];
    for (int sequence = 0; sequence < sequences; sequence++) {
      int[] bounds = starts(block.historyStarts(sequence), block.historyEnds(sequence), 0);
      histories[sequence] = history(sequence, bounds, numbers);
      historyStarts[sequence] = Arrays.copyOf(bounds, count);
      historyEnds[sequence] = Arrays.copyOfRange(bounds, 1, count + 1);
    }
    return new SampleBlock(
        layout,
        count,
        longs(block.sampleIds()),
        ids,
        starts,
        values,
        labels,
        floats(block.weights()),
        block.times() == null ? null : longs(block.times()),
        histories,
        historyStarts,
        historyEnds);
  }

  private int[] ids(int field, IdNumbers numbers) {
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = numbers.ofField(field, block.ids(field)[rows[i]]);
    }
    return ids;
  }

  private float[] floats(float[] column) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = column[rows[i]];
    }
    return values;
  }

  private long[] longs(long[] column) {
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = column[rows[i]];
    }
    return values;
  }

  /**
   * Where each row's values start once they lie side by side, and the end of the last.
   *
   * @param endShift place of a row's end in {@code to}, counted from the row
   */
  private int[] starts(int[] from, int[] to, int endShift) {
    int[] starts = new int[count + 1];
    for (int i = 0; i < count; i++) {
      starts[i + 1] = starts[i] + to[rows[i] + endShift] - from[rows[i]];
    }
    return starts;
  }

  private int[] lists(int field, int[] starts, IdNumbers numbers) {
    int[] ids = new int[starts[count]];
    for (int i = 0; i < count; i++) {
      int shift = block.starts(field)[rows[i]] - starts[i];
      for (int v = starts[i]; v < starts[i + 1]; v++) {
        ids[v] = numbers.ofField(field, block.ids(field)[v + shift]);
      }
    }
    return ids;
  }

  private HistoryColumns history(int sequence, int[] bounds, IdNumbers numbers) {
    HistoryColumns whole = block.history(sequence);
    int[] from = block.historyStarts(sequence);
    int[][] ids = new int[whole.attributes()][bounds[count]];
    for (int attribute = 0; attribute < ids.length; attribute++) {
      int[] column = whole.ids(attribute);
      for (int i = 0; i < count; i++) {
        int shift = from[rows[i]] - bounds[i];
        for (int event = bounds[i]; event < bounds[i + 1]; event++) {
          ids[attribute][event] = numbers.ofAttribute(sequence, attribute, column[event + shift]);
        }
      }
    }
    long[] times = whole.times() == null ? null : new long[bounds[count]];
    for (int i = 0; times != null && i < count; i++) {
      System.arraycopy(whole.times(), from[rows[i]], times, bounds[i], bounds[i + 1] - bounds[i]);
    }
    return new HistoryColumns(ids, times);
  }
}
