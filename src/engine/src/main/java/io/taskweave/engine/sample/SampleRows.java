package io.taskweave.engine.sample;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.functions;

/** Turns rows of the samples data set into columnar blocks. */
public final class SampleRows implements Serializable {
  /** Place of the sample id in selected rows. */
  static final int SAMPLE_ID = 0;

  private static final long serialVersionUID = 1;

  private final SampleLayout layout;
  private final boolean weighted;
  private final boolean[] labelled;

  private SampleRows(SampleLayout layout, boolean weighted, boolean[] labelled) {
    this.layout = layout;
    this.weighted = weighted;
    this.labelled = labelled;
  }

  /**
   * Prepares for the columns that a data set has; weight and labels may be absent.
   *
   * @throws InputRejectedException if a feature is absent
   */
  public static SampleRows of(SampleLayout layout, Dataset<Row> samples) {
    Set<String> present = Set.copyOf(Arrays.asList(samples.columns()));
    List<String> missing = new ArrayList<>();
    for (Field field : layout.fields()) {
      String column = SampleColumns.feature(field.name());
      if (!present.contains(column)) {
        missing.add(column);
      }
    }
    if (!present.contains(SampleColumns.SAMPLE_ID)) {
      missing.add(SampleColumns.SAMPLE_ID);
    }
    if (layout.timed() && !present.contains(SampleColumns.TIME)) {
      missing.add(SampleColumns.TIME);
    }
    if (!missing.isEmpty()) {
      throw new InputRejectedException(
          "Cannot read samples: columns are missing (" + missing + "), encode the log again");
    }
    boolean[] labelled = new boolean[layout.tasks().size()];
    for (int task = 0; task < labelled.length; task++) {
      labelled[task] = present.contains(SampleColumns.label(layout.tasks().get(task)));
    }
    return new SampleRows(layout, present.contains(SampleColumns.WEIGHT), labelled);
  }

  /**
   * Columns in the order that {@link #append} reads: sample id, weight, features, labels, the time
   * if histories depend on it, and then the given further ones from {@link #width} on.
   */
  public Dataset<Row> select(Dataset<Row> samples, String... further) {
    List<Column> columns = new ArrayList<>();
    columns.add(quoted(SampleColumns.SAMPLE_ID).cast("long"));
    columns.add(
        weighted ? quoted(SampleColumns.WEIGHT).cast("float") : functions.lit(1f).cast("float"));
    for (Field field : layout.fields()) {
      Column column = quoted(SampleColumns.feature(field.name()));
      columns.add(
          switch (field.kind()) {
            case CATEGORICAL -> column.cast("int");
            case MULTI_VALUED -> column.cast("array<int>");
            case NUMERIC -> column.cast("float");
          });
    }
    for (int task = 0; task < labelled.length; task++) {
      columns.add(
          labelled[task]
              ? quoted(SampleColumns.label(layout.tasks().get(task))).cast("int")
              : functions.lit(null).cast("int"));
    }
    if (layout.timed()) {
      columns.add(quoted(SampleColumns.TIME).cast("long"));
    }
    for (String name : further) {
      columns.add(quoted(name));
    }
    return samples.select(columns.toArray(Column[]::new));
  }

  private static Column quoted(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  /** Number of columns that {@link #append} reads. */
  public int width() {
    return 2 + layout.fields().size() + layout.tasks().size() + (layout.timed() ? 1 : 0);
  }

  public SampleLayout layout() {
    return layout;
  }

  /**
   * Adds one row.
   *
   * @throws InputRejectedException for an id outside its table, a number or weight that is not
   *     finite, or a label other than 0 and 1
   */
  public void append(InternalRow row, SampleBlockBuilder builder) {
    long sampleId = row.getLong(0);
    float weight = row.isNullAt(1) ? 1 : row.getFloat(1);
    if (!(weight >= 0) || Float.isInfinite(weight)) {
      throw rejected(sampleId, SampleColumns.WEIGHT, weight, "a finite weight of 0 or more");
    }
    builder.addRow(sampleId, weight);
    int column = 2;
    for (int field = 0; field < layout.fields().size(); field++, column++) {
      Field description = layout.fields().get(field);
      if (row.isNullAt(column)) {
        continue;
      }
      switch (description.kind()) {
        case CATEGORICAL -> builder.id(field, checked(sampleId, description, row.getInt(column)));
        case MULTI_VALUED -> {
          ArrayData ids = row.getArray(column);
          for (int i = 0; i < ids.numElements(); i++) {
            int id = ids.isNullAt(i) ? 0 : ids.getInt(i);
            builder.value(field, checked(sampleId, description, id));
          }
        }
        case NUMERIC -> {
          float value = row.getFloat(column);
          if (!Float.isFinite(value)) {
            throw rejected(sampleId, description.name(), value, "a finite number");
          }
          builder.number(field, value);
        }
      }
    }
    for (int task = 0; task < labelled.length; task++, column++) {
      if (!row.isNullAt(column)) {
        int label = row.getInt(column);
        if (label != 0 && label != 1) {
          throw rejected(sampleId, layout.tasks().get(task), label, "a label 0, 1 or null");
        }
        builder.label(task, (byte) label);
      }
    }
    if (layout.timed()) {
      if (row.isNullAt(column)) {
        throw rejected(sampleId, SampleColumns.TIME, null, "a time, for histories depend on it");
      }
      builder.time(row.getLong(column));
    }
  }

  private static int checked(long sampleId, Field field, int id) {
    if (id < 0 || id >= field.tableRows()) {
      throw rejected(sampleId, field.name(), id, "an id from 0 below " + field.tableRows());
    }
    return id;
  }

  private static InputRejectedException rejected(
      long sampleId, String column, Object value, String wanted) {
    return new InputRejectedException(
        "Cannot read sample "
            + sampleId
            + ": "
            + column
            + " needs "
            + wanted
            + " ("
            + value
            + "), encode the log again");
  }

  /**
   * Adds one row of a block to a builder of the same layout, whose events hold the block's.
   *
   * @param firstEvents by sequence, where the block's events begin among the builder's
   */
  public static void copy(
      SampleBlock block, int row, SampleBlockBuilder builder, int[] firstEvents) {
    builder.addRow(block.sampleIds()[row], block.weights()[row]);
    List<Field> fields = block.layout().fields();
    for (int field = 0; field < fields.size(); field++) {
      switch (fields.get(field).kind()) {
        case CATEGORICAL -> builder.id(field, block.ids(field)[row]);
        case MULTI_VALUED -> {
          for (int i = block.starts(field)[row]; i < block.starts(field)[row + 1]; i++) {
            builder.value(field, block.ids(field)[i]);
          }
        }
        case NUMERIC -> builder.number(field, block.numbers(field)[row]);
      }
    }
    for (int task = 0; task < block.layout().tasks().size(); task++) {
      builder.label(task, block.labels(task)[row]);
    }
    if (block.times() != null) {
      builder.time(block.times()[row]);
    }
    for (int sequence = 0; sequence < firstEvents.length; sequence++) {
      builder.seenEvents(
          sequence,
          firstEvents[sequence] + block.historyStarts(sequence)[row],
          firstEvents[sequence] + block.historyEnds(sequence)[row]);
    }
  }
}
