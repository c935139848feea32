package io.taskweave.pipeline.history;

import io.taskweave.core.sample.EventColumns;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.WriteJobStatsTracker;
import org.apache.spark.sql.execution.datasources.WriteTaskStats;
import org.apache.spark.sql.execution.datasources.WriteTaskStatsTracker;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * Counts the events of each sequence while they are written, so that they need not be read again.
 * Spark hands over what the committed tasks have counted, each once.
 */
final class EventCounts implements WriteJobStatsTracker {
  private static final long serialVersionUID = 1;

  private final int sequenceColumn;
  private final int idsColumn;
  private transient Map<String, Long> ids = new HashMap<>();

  /**
   * @param schema of rows of {@link EventColumns}
   */
  EventCounts(StructType schema) {
    sequenceColumn = schema.fieldIndex(EventColumns.SEQUENCE);
    idsColumn = schema.fieldIndex(EventColumns.IDS);
  }

  /** Events of a sequence that were written. */
  long events(SequencePlan sequence) {
    return ids.getOrDefault(sequence.name(), 0L) / sequence.attributes().size();
  }

  @Override
  public WriteTaskStatsTracker newTaskInstance() {
    return new OfTask();
  }

  @Override
  public void processStats(Seq<WriteTaskStats> stats, long jobCommitMillis) {
    for (WriteTaskStats ofTask : JavaConverters.seqAsJavaList(stats)) {
      ((TaskCounts) ofTask).ids().forEach((name, count) -> ids.merge(name, count, Long::sum));
    }
  }

  /** Ids by sequence. */
  private record TaskCounts(HashMap<String, Long> ids) implements WriteTaskStats {}

  private final class OfTask implements WriteTaskStatsTracker {
    private final Map<UTF8String, long[]> ids = new HashMap<>();

    @Override
    public void newPartition(InternalRow values) {}

    @Override
    public void newFile(String path) {}

    @Override
    public void closeFile(String path) {}

    @Override
    public void newRow(String path, InternalRow row) {
      UTF8String sequence = row.getUTF8String(sequenceColumn);
      long[] sum = ids.get(sequence);
      if (sum == null) {
        sum = new long[1];
        ids.put(sequence.copy(), sum);
      }
      sum[0] += row.getArray(idsColumn).numElements();
    }

    @Override
    public WriteTaskStats getFinalStats(long taskCommitMillis) {
      HashMap<String, Long> byName = new HashMap<>();
      ids.forEach((name, sum) -> byName.put(name.toString(), sum[0]));
      return new TaskCounts(byName);
    }
  }
}
