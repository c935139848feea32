package io.taskweave.core.sample;

import java.util.Arrays;

/** Collects samples into a {@link SampleBlock}, without an object per sample. */
public final class SampleBlockBuilder {
  private static final int INITIAL_ROWS = 1024;

  private final SampleLayout layout;
  private long[] sampleIds = new long[INITIAL_ROWS];
  private final int[][] ids;
  private final int[] idCounts;
  private final int[][] starts;
  private final float[][] numbers;
  private final byte[][] labels;
  private float[] weights = new float[INITIAL_ROWS];
  private int rows;

  public SampleBlockBuilder(SampleLayout layout) {
    this.layout = layout;
    int fields = layout.fields().size();
    ids = new int[fields][];
    idCounts = new int[fields];
    starts = new int[fields][];
    numbers = new float[fields][];
    labels = new byte[layout.tasks().size()][INITIAL_ROWS];
    for (int field = 0; field < fields; field++) {
      switch (layout.fields().get(field).kind()) {
        case CATEGORICAL -> ids[field] = new int[INITIAL_ROWS];
        case NUMERIC -> numbers[field] = new float[INITIAL_ROWS];
        case MULTI_VALUED -> {
          ids[field] = new int[INITIAL_ROWS];
          starts[field] = new int[INITIAL_ROWS + 1];
        }
      }
    }
    for (byte[] column : labels) {
      Arrays.fill(column, SampleBlock.MISSING);
    }
  }

  /**
   * Opens a row: padding ids, zero numbers, missing labels, until the setters below say otherwise.
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

  public int rows() {
    return rows;
  }

  /** The block of all rows added so far; the builder is of no further use. */
  public SampleBlock build() {
    grow(rows);
    for (int field = 0; field < ids.length; field++) {
      if (starts[field] != null) {
        ids[field] = Arrays.copyOf(ids[field], idCounts[field]);
      }
    }
    return new SampleBlock(layout, rows, sampleIds, ids, starts, numbers, labels, weights);
  }

  private void grow(int size) {
    sampleIds = Arrays.copyOf(sampleIds, size);
    weights = Arrays.copyOf(weights, size);
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
