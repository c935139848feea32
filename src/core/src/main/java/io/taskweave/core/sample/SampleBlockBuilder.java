package io.taskweave.core.sample;

import java.util.Arrays;

/** Collects samples into a {@link SampleBlock}, without an object per sample. */
public final class SampleBlockBuilder {
  private static final int INITIAL_ROWS = 1024;

  private final SampleLayout layout;
  private long[] sampleIds;
  private final int[][] ids;
  private final int[] idCounts;
  private final int[][] starts;
  private final float[][] numbers;
  private final byte[][] labels;
  private float[] weights;
  private long[] times;
  private final HistoryColumns[] histories;
  private final int[][] historyStarts;
  private final int[][] historyEnds;
  private int rows;

  public SampleBlockBuilder(SampleLayout layout) {
    this(layout, INITIAL_ROWS);
  }

  /**
   * @param expected rows that it has room for from the start; more may come
   */
  public SampleBlockBuilder(SampleLayout layout, int expected) {
    this.layout = layout;
    int room = Math.max(1, expected);
    sampleIds = new long[room];
    weights = new float[room];
    int fields = layout.fields().size();
    ids = new int[fields][];
    idCounts = new int[fields];
    starts = new int[fields][];
    numbers = new float[fields][];
    labels = new byte[layout.tasks().size()][room];
    for (int field = 0; field < fields; field++) {
      switch (layout.fields().get(field).kind()) {
        case CATEGORICAL -> ids[field] = new int[room];
        case NUMERIC -> numbers[field] = new float[room];
        case MULTI_VALUED -> {
          ids[field] = new int[room];
          starts[field] = new int[room + 1];
        }
      }
    }
    for (byte[] column : labels) {
      Arrays.fill(column, SampleBlock.MISSING);
    }
    times = layout.timed() ? new long[room] : null;
    int sequences = layout.sequences().size();
    histories = new HistoryColumns[sequences];
    historyStarts = new int[sequences][room];
    historyEnds = new int[sequences][room];
    for (int sequence = 0; sequence < sequences; sequence++) {
      histories[sequence] = HistoryColumns.none(layout.sequences().get(sequence));
    }
  }

  /** Sets the events of a sequence, before the first row that sees one of them. */
  public void events(int sequence, HistoryColumns columns) {
    Sequence described = layout.sequences().get(sequence);
    boolean timed = described.order() == SequenceOrder.TIME;
    if (columns.attributes() != described.attributes().size()
        || timed != (columns.times() != null)) {
      throw new IllegalArgumentException(
          "Cannot use a history of "
              + columns.attributes()
              + " attributes"
              + (columns.times() == null ? " without" : " with")
              + " times: sequence "
              + described.name()
              + " is another");
    }
    histories[sequence] = columns;
  }

  /**
   * Opens a row: padding ids, zero numbers, missing labels, time 0, empty histories, until the
   * setters below say otherwise.
   */
  public void addRow(long sampleId, float weight) {
    if (rows == sampleIds.length) {
      grow(Math.multiplyExact(rows, 2));
    }
    sampleIds[rows] = sampleId;
    weights[rows] = weight;
    rows++;
    for (int field = 0; field < starts.length; field++) {
      if (starts[field] != null) {
        starts[field][rows] = idCounts[field];
      }
    }
  }

  public void id(int field, int id) {
    ids[field][rows - 1] = id;
  }

  /** Appends one value of a multi-valued field to the open row. */
  public void value(int field, int id) {
    if (idCounts[field] == ids[field].length) {
      ids[field] = Arrays.copyOf(ids[field], Math.multiplyExact(idCounts[field], 2));
    }
    ids[field][idCounts[field]++] = id;
    starts[field][rows] = idCounts[field];
  }

  public void number(int field, float value) {
    numbers[field][rows - 1] = value;
  }

  public void label(int task, byte label) {
    labels[task][rows - 1] = label;
  }

  /** Time of the open row, in epoch milliseconds; a layout without times does not keep it. */
  public void time(long epochMillis) {
    if (times != null) {
      times[rows - 1] = epochMillis;
    }
  }

  /**
   * Lets the open row, whose {@link #time} is set, see its user's history: the last events, at most
   * the sequence's maximum length, strictly before its time minus the sequence's delay.
   *
   * @param from first event of the user
   * @param to end of the user's events
   */
  public void userHistory(int sequence, int from, int to) {
    Sequence described = layout.sequences().get(sequence);
    int end = to;
    if (described.order() == SequenceOrder.TIME) {
      long instant = Math.subtractExact(times[rows - 1], described.delayMillis());
      end = histories[sequence].endBefore(from, to, instant);
    }
    seenEvents(sequence, Math.max(from, end - described.maxLength()), end);
  }

  /** Lets the open row see the events [from, to), already found to be those it may see. */
  public void seenEvents(int sequence, int from, int to) {
    historyStarts[sequence][rows - 1] = from;
    historyEnds[sequence][rows - 1] = to;
  }

  public int rows() {
    return rows;
  }

  /** The block of all rows added so far; the builder is of no further use. */
  public SampleBlock build() {
    if (rows < sampleIds.length) {
      grow(rows);
    }
    for (int field = 0; field < ids.length; field++) {
      if (starts[field] != null && idCounts[field] < ids[field].length) {
        ids[field] = Arrays.copyOf(ids[field], idCounts[field]);
      }
    }
    return new SampleBlock(
        layout,
        rows,
        sampleIds,
        ids,
        starts,
        numbers,
        labels,
        weights,
        times,
        histories,
        historyStarts,
        historyEnds);
  }

  private void grow(int size) {
    sampleIds = Arrays.copyOf(sampleIds, size);
    weights = Arrays.copyOf(weights, size);
    times = times == null ? null : Arrays.copyOf(times, size);
    for (int sequence = 0; sequence < histories.length; sequence++) {
      historyStarts[sequence] = Arrays.copyOf(historyStarts[sequence], size);
      historyEnds[sequence] = Arrays.copyOf(historyEnds[sequence], size);
    }
    for (int field = 0; field < ids.length; field++) {
      if (starts[field] != null) {
        starts[field] = Arrays.copyOf(starts[field], size + 1);
      } else if (ids[field] != null) {
        ids[field] = Arrays.copyOf(ids[field], size);
      } else {
        numbers[field] = Arrays.copyOf(numbers[field], size);
      }
    }
    for (int task = 0; task < labels.length; task++) {
      int old = labels[task].length;
      labels[task] = Arrays.copyOf(labels[task], size);
      if (size > old) {
        Arrays.fill(labels[task], old, size, SampleBlock.MISSING);
      }
    }
  }
}
