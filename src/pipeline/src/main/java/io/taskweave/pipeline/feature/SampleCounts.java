package io.taskweave.pipeline.feature;

import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.SampleColumns;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.execution.datasources.WriteJobStatsTracker;
import org.apache.spark.sql.execution.datasources.WriteTaskStats;
import org.apache.spark.sql.execution.datasources.WriteTaskStatsTracker;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * Counts samples while they are written, so that they need not be read again. Spark hands over what
 * the committed tasks have counted, each once.
 */
final class SampleCounts implements WriteJobStatsTracker {
  private static final long serialVersionUID = 1;

  private final int[] labels;
  private final int[] fields;
  private final boolean[] isList;
  private transient List<PartCounts> parts = new ArrayList<>();

  /**
   * @param schema of the samples, day and part last
   * @param tasks to count the labels of
   * @param fields to count the ids of
   */
  SampleCounts(StructType schema, List<TaskPlan> tasks, List<FieldPlan> fields) {
    labels =
        tasks.stream()
            .mapToInt(task -> schema.fieldIndex(SampleColumns.label(task.name())))
            .toArray();
    this.fields =
        fields.stream()
            .mapToInt(field -> schema.fieldIndex(SampleColumns.feature(field.name())))
            .toArray();
    isList = new boolean[fields.size()];
    for (int field = 0; field < isList.length; field++) {
      isList[field] = fields.get(field).kind() == FieldKind.MULTI_VALUED;
    }
  }

  /** What was written, by part, each as often as a task has met it. */
  List<PartCounts> parts() {
    return parts;
  }

  @Override
  public WriteTaskStatsTracker newTaskInstance() {
    return new OfTask();
  }

  @Override
  public void processStats(Seq<WriteTaskStats> stats, long jobCommitMillis) {
    for (WriteTaskStats ofTask : JavaConverters.seqAsJavaList(stats)) {
      parts.addAll(((TaskCounts) ofTask).parts());
    }
  }

  private record TaskCounts(List<PartCounts> parts) implements WriteTaskStats {}

  private final class OfTask implements WriteTaskStatsTracker {
    private final ArrayList<PartCounts> met = new ArrayList<>();
    private PartCounts part;

    @Override
    public void newPartition(InternalRow values) {
      part = new PartCounts(values.getUTF8String(1).toString(), labels.length, fields.length);
      met.add(part);
    }

    @Override
    public void newFile(String path) {}

    @Override
    public void closeFile(String path) {}

    @Override
    public void newRow(String path, InternalRow row) {
      part.rows++;
      for (int task = 0; task < labels.length; task++) {
        if (!row.isNullAt(labels[task])) {
          part.labelled[task]++;
          part.positives[task] += row.getByte(labels[task]);
        }
      }
      for (int field = 0; field < fields.length; field++) {
        if (isList[field]) {
          countList(field, row.getArray(fields[field]));
        } else {
          int id = row.getInt(fields[field]);
          part.missing[field] += id == FieldValues.MISSING_ID ? 1 : 0;
          part.unknown[field] += id == FieldValues.UNKNOWN_ID ? 1 : 0;
          part.values[field] += id != FieldValues.MISSING_ID ? 1 : 0;
        }
      }
    }

    private void countList(int field, ArrayData ids) {
      int length = ids.numElements();
      part.missing[field] += length == 0 ? 1 : 0;
      part.values[field] += length;
      for (int i = 0; i < length; i++) {
        part.unknown[field] += ids.getInt(i) == FieldValues.UNKNOWN_ID ? 1 : 0;
      }
    }

    @Override
    public WriteTaskStats getFinalStats(long taskCommitMillis) {
      return new TaskCounts(met);
    }
  }
}
