package io.taskweave.pipeline.analyse;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.EventBuffer;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.Sequence;
import java.io.Serializable;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * How often samples of a target and a label have an event of each behaviour in each column: all
 * cells in one pass over samples and histories.
 */
final class CorrelationCounts implements Serializable {
  private static final long serialVersionUID = 1;
  private static final long MOST_COUNTERS = 16_000_000;
  private static final int LABELS = 2;
  private static final String[] COLUMNS = {
    "owner", "kind", "order", "target", "label", "times", "ids"
  };

  private final int columns;
  private final int behaviours;
  private final long[] targetCounts;
  private final long[] counts;

  private CorrelationCounts(int targets, int behaviours, int columns) {
    this.behaviours = behaviours;
    this.columns = columns;
    this.targetCounts = new long[targets * LABELS];
    this.counts = new long[targets * behaviours * columns * LABELS];
  }

  /** Samples with a target and a label. */
  long samples(int target, int label) {
    return targetCounts[target * LABELS + label];
  }

  /**
   * Samples with a target and a label that have an event of a behaviour in a column.
   *
   * @param behaviour id in the table
   * @param column from 0: the last event, or the shortest interval
   */
  long with(int target, int behaviour, int column, int label) {
    return counts[place(target, behaviour, column, label)];
  }

  private int place(int target, int behaviour, int column, int label) {
    return ((target * behaviours + behaviour) * columns + column) * LABELS + label;
  }

  private CorrelationCounts plus(CorrelationCounts other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    for (int i = 0; i < targetCounts.length; i++) {
      targetCounts[i] += other.targetCounts[i];
    }
    return this;
  }

  /**
   * Counts.
   *
   * @param targetIds the targets' ids
   * @throws InputRejectedException if there are more cells than fit
   */
  static CorrelationCounts of(
      CorrelationPlan plan,
      Sequence sequence,
      int[] targetIds,
      Dataset<Row> samples,
      Dataset<Row> histories) {
    int attribute =
        sequence.attributes().stream().map(a -> a.name()).toList().indexOf(plan.attribute());
    int rows = sequence.attributes().get(attribute).tableRows();
    long counters = (long) targetIds.length * rows * plan.columns() * LABELS;
    if (counters > MOST_COUNTERS) {
      throw new InputRejectedException(
          String.format(
              "Cannot count correlations: %d targets, %d values and %d columns make %d counters,"
                  + " more than %d; choose fewer targets, or an attribute of fewer values",
              targetIds.length, rows, plan.columns(), counters, MOST_COUNTERS));
    }
    Scan scan = new Scan(sequence, attribute, targetIds, plan);
    return lined(plan, sequence, attribute, samples, histories)
        .queryExecution()
        .toRdd()
        .toJavaRDD()
        .mapPartitions(partition -> List.of(scan.count(partition)).iterator())
        .reduce(CorrelationCounts::plus);
  }

  /** User after user, his events before his samples. */
  private static Dataset<Row> lined(
      CorrelationPlan plan,
      Sequence sequence,
      int attribute,
      Dataset<Row> samples,
      Dataset<Row> histories) {
    Column target =
        col(SampleColumns.feature(sequence.attributes().get(attribute).target())).cast("int");
    Column label = col(SampleColumns.label(plan.task())).cast("int");
    Dataset<Row> sampleRows =
        samples
            .where(label.isNotNull())
            .select(
                col(SampleColumns.USER),
                lit(1),
                col(SampleColumns.TIME),
                target,
                label,
                lit(null).cast("array<bigint>"),
                lit(null).cast("array<int>"));
    Dataset<Row> eventRows =
        histories
            .where(col(EventColumns.SEQUENCE).equalTo(lit(sequence.name())))
            .select(
                col(EventColumns.USER),
                lit(0),
                col(EventColumns.CHUNK),
                lit(0),
                lit(0),
                col(EventColumns.TIMES),
                col(EventColumns.IDS));
    return sampleRows
        .toDF(COLUMNS)
        .union(eventRows.toDF(COLUMNS))
        .repartition(col("owner"))
        .sortWithinPartitions("owner", "kind", "order");
  }

  /** What a partition needs to count. */
  private static final class Scan implements Serializable {
    private static final long serialVersionUID = 1;

    private final Sequence sequence;
    private final int attribute;
    private final int[] targetIds;
    private final int behaviours;
    private final int positions;
    private final long[] ends;

    Scan(Sequence sequence, int attribute, int[] targetIds, CorrelationPlan plan) {
      this.sequence = sequence;
      this.attribute = attribute;
      this.targetIds = targetIds.clone();
      this.behaviours = sequence.attributes().get(attribute).tableRows();
      this.positions = plan.positions();
      this.ends = plan.intervals().stream().mapToLong(Duration::toMillis).toArray();
    }

    CorrelationCounts count(Iterator<InternalRow> rows) {
      int columns = positions > 0 ? positions : ends.length;
      CorrelationCounts counts = new CorrelationCounts(targetIds.length, behaviours, columns);
      EventBuffer events = new EventBuffer(sequence);
      UTF8String user = null;
      // Of an interval with several events of a behaviour a sample counts once.
      int[] countedAt = new int[behaviours * columns];
      int sample = 0;
      while (rows.hasNext()) {
        InternalRow row = rows.next();
        if (!row.getUTF8String(0).equals(user)) {
          user = row.getUTF8String(0).copy();
          events.clear();
        }
        if (row.getInt(1) == 0) {
          events.add(
              0,
              row.isNullAt(5) ? null : row.getArray(5).toLongArray(),
              row.getArray(6).toIntArray());
          continue;
        }
        int target = target(row.getInt(3));
        if (target >= 0) {
          sample++;
          count(counts, events, target, row.getInt(4), row.getLong(2), countedAt, sample);
        }
      }
      return counts;
    }

    /** Place of an id among the targets, of which there are few; -1 if it is none. */
    private int target(int id) {
      for (int target = 0; target < targetIds.length; target++) {
        if (targetIds[target] == id) {
          return target;
        }
      }
      return -1;
    }

    private void count(
        CorrelationCounts counts,
        EventBuffer events,
        int target,
        int label,
        long time,
        int[] countedAt,
        int sample) {
      counts.targetCounts[target * LABELS + label]++;
      int end = events.endFor(0, time);
      int start = events.startFor(0, end);
      for (int event = end - 1; event >= start; event--) {
        int column = positions > 0 ? end - 1 - event : bucket(time - events.time(event));
        if (column >= counts.columns) {
          return;
        }
        int behaviour = events.id(attribute, event);
        int cell = behaviour * counts.columns + column;
        if (countedAt[cell] != sample) {
          countedAt[cell] = sample;
          counts.counts[counts.place(target, behaviour, column, label)]++;
        }
      }
    }

    private int bucket(long interval) {
      int column = 0;
      while (column < ends.length && interval >= ends[column]) {
        column++;
      }
      return column;
    }
  }
}
