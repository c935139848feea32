package io.taskweave.pipeline.dataset;

import java.util.HashMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.execution.datasources.WriteJobStatsTracker;
import org.apache.spark.sql.execution.datasources.WriteTaskStats;
import org.apache.spark.sql.execution.datasources.WriteTaskStatsTracker;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * Describes rows while they are written, so that they need not be read again. Spark hands over what
 * the committed tasks have met, each once.
 */
final class ContentTracker implements WriteJobStatsTracker {
  private static final long serialVersionUID = 1;

  private final StructType schema;
  private transient SortedMap<String, PartitionContent> content = new TreeMap<>();

  /**
   * @param schema of the rows; the day, if they have one, is the first of those that become folders
   */
  ContentTracker(StructType schema) {
    this.schema = schema;
  }

  /** By day; "" where there is none. */
  SortedMap<String, PartitionContent> content() {
    return content;
  }

  @Override
  public WriteTaskStatsTracker newTaskInstance() {
    return new OfTask();
  }

  @Override
  public void processStats(Seq<WriteTaskStats> stats, long jobCommitMillis) {
    for (WriteTaskStats ofTask : JavaConverters.seqAsJavaList(stats)) {
      ((TaskContent) ofTask)
          .byDay()
          .forEach(
              (day, sums) ->
                  content.merge(
                      day, PartitionContent.of(sums[0], sums[1]), PartitionContent::plus));
    }
  }

  /** Rows and sum of their hashes, by day. */
  private record TaskContent(HashMap<String, long[]> byDay) implements WriteTaskStats {}

  private final class OfTask implements WriteTaskStatsTracker {
    private final RowHash rowHash = new RowHash(schema);
    private final JoinedRow whole = new JoinedRow();
    private final HashMap<String, long[]> byDay = new HashMap<>();
    private InternalRow folders = InternalRow.empty();
    private long[] sums;

    @Override
    public void newPartition(InternalRow values) {
      folders = values;
      sums = sumsOf(values.isNullAt(0) ? "" : values.getUTF8String(0).toString());
    }

    @Override
    public void newFile(String path) {}

    @Override
    public void closeFile(String path) {}

    @Override
    public void newRow(String path, InternalRow row) {
      if (sums == null) {
        sums = sumsOf("");
      }
      sums[0]++;
      sums[1] += rowHash.of(whole.apply(row, folders));
    }

    private long[] sumsOf(String name) {
      return byDay.computeIfAbsent(name, any -> new long[2]);
    }

    @Override
    public WriteTaskStats getFinalStats(long taskCommitMillis) {
      return new TaskContent(byDay);
    }
  }
}
