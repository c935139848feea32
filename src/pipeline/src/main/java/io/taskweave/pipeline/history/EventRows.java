package io.taskweave.pipeline.history;

import io.taskweave.core.merge.RecordMerge;
import io.taskweave.core.merge.RecordOrder;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import java.io.Serializable;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.NullsFirst$;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.execution.LogicalRDD;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * Merges the parts of each user and period into rows of {@link EventColumns}. An event that agrees
 * with the one before it in user, time, tie, id and attributes is the same event and appears once.
 */
final class EventRows implements Iterator<InternalRow> {
  /** Events of one row, so that no row grows with a user; those of one time stay together. */
  private static final int ROW_EVENTS = 4096;

  private static final int SEQUENCE = 1;
  private static final int USER = 2;
  private static final int STREAM = 3;
  private static final int DAY = 4;
  private static final int SLICE = 5;
  private static final int ORDER = 6;
  private static final int PART = 7;

  private static final StructType SCHEMA =
      new StructType()
          .add(EventColumns.SEQUENCE, DataTypes.StringType, false)
          .add(EventColumns.USER, DataTypes.StringType, false)
          .add(EventColumns.STREAM, DataTypes.IntegerType, false)
          .add(EventColumns.CHUNK, DataTypes.LongType, false)
          .add(EventColumns.TIMES, DataTypes.createArrayType(DataTypes.LongType, false), true)
          .add(EventColumns.IDS, DataTypes.createArrayType(DataTypes.IntegerType, false), false)
          .add(EventColumns.DAY, DataTypes.StringType, false);

  private final Iterator<InternalRow> input;
  private final List<Kind> kinds;
  private final RecordMerge merge;
  private InternalRow ahead;

  /** Whether what is ahead belongs to the same user and period. */
  private boolean aheadIsOfKey;

  private int sequence;
  private UTF8String user = UTF8String.EMPTY_UTF8;
  private int stream;
  private int day;
  private UTF8String dayText = textOf(day);
  private int slice;
  private int attributes;
  private int eventBytes;
  private long[] orders = new long[ROW_EVENTS];

  /** Event after event. */
  private int[] ids = new int[ROW_EVENTS];

  private int events;

  /** What the rows of a sequence need. */
  record Kind(String name, boolean timed, int attributes) implements Serializable {}

  EventRows(Iterator<InternalRow> input, List<Kind> kinds) {
    this.input = input;
    this.kinds = kinds;
    this.merge = new RecordMerge(EventParts.ORDER, (part, start) -> eventBytes);
    advance();
  }

  /**
   * @param sorted a place that decides the order, sequence by its number, user, stream, day since
   *     1970, slice, order of the first event and part; each key's parts side by side, by their
   *     first event; place after place, and those of a day together
   */
  static Dataset<Row> of(Dataset<Row> sorted, List<SequencePlan> sequences) {
    List<Kind> kinds = kinds(sequences);
    SparkSession spark = sorted.sparkSession();
    Dataset<Row> rows =
        spark.internalCreateDataFrame(
            sorted
                .queryExecution()
                .toRdd()
                .toJavaRDD()
                .mapPartitions(parts -> new EventRows(parts, kinds))
                .rdd(),
            SCHEMA,
            false);
    return byDay(spark, (LogicalRDD) rows.queryExecution().analyzed());
  }

  /** The same rows, of which is known that those of a day follow each other. */
  private static Dataset<Row> byDay(SparkSession spark, LogicalRDD rows) {
    Seq<Expression> alike = JavaConverters.asScalaBuffer(List.<Expression>of()).toSeq();
    SortOrder byDay =
        new SortOrder(rows.output().last(), Ascending$.MODULE$, NullsFirst$.MODULE$, alike);
    return Dataset.ofRows(
        spark,
        rows.copy(
            rows.output(),
            rows.rdd(),
            rows.outputPartitioning(),
            JavaConverters.asScalaBuffer(List.of(byDay)).toSeq(),
            false,
            spark,
            Option.empty(),
            Option.empty()));
  }

  static List<Kind> kinds(List<SequencePlan> sequences) {
    List<Kind> kinds = new ArrayList<>();
    for (SequencePlan sequence : sequences) {
      kinds.add(
          new Kind(
              sequence.name(),
              sequence.order() == SequenceOrder.TIME,
              sequence.attributes().size()));
    }
    return kinds;
  }

  private void advance() {
    ahead = input.hasNext() ? input.next() : null;
    aheadIsOfKey =
        ahead != null
            && ahead.getInt(SLICE) == slice
            && ahead.getInt(DAY) == day
            && ahead.getInt(SEQUENCE) == sequence
            && ahead.getUTF8String(USER).equals(user);
  }

  @Override
  public boolean hasNext() {
    return ahead != null || isWithinKey();
  }

  private boolean isWithinKey() {
    return !merge.isEmpty();
  }

  @Override
  public InternalRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (!isWithinKey()) {
      begin();
    }
    events = 0;
    long tie = 0;
    long id = 0;
    while (addParts()) {
      long order = merge.firstKey();
      boolean tied = events > 0 && orders[events - 1] == order;
      if (events >= ROW_EVENTS && !tied) {
        break;
      }
      long nextTie = RecordOrder.number(merge.bytes(), merge.start() + Long.BYTES);
      long nextId = RecordOrder.number(merge.bytes(), merge.start() + 2 * Long.BYTES);
      if (!tied || tie != nextTie || id != nextId || !hasAttributesOfLast()) {
        add(order);
      }
      tie = nextTie;
      id = nextId;
      merge.advance();
    }
    long[] times = Arrays.copyOf(orders, events);
    Kind kind = kinds.get(sequence);
    return new GenericInternalRow(
        new Object[] {
          UTF8String.fromString(kind.name()),
          user,
          stream,
          times[0],
          kind.timed() ? UnsafeArrayData.fromPrimitiveArray(times) : null,
          UnsafeArrayData.fromPrimitiveArray(byAttribute()),
          dayText
        });
  }

  private void begin() {
    sequence = ahead.getInt(SEQUENCE);
    user = ahead.getUTF8String(USER).copy();
    stream = ahead.getInt(STREAM);
    if (day != ahead.getInt(DAY)) {
      day = ahead.getInt(DAY);
      dayText = textOf(day);
    }
    slice = ahead.getInt(SLICE);
    attributes = kinds.get(sequence).attributes();
    eventBytes = EventParts.eventBytes(attributes);
    aheadIsOfKey = true;
  }

  private static UTF8String textOf(int day) {
    return UTF8String.fromString(LocalDate.ofEpochDay(day).toString());
  }

  /**
   * Takes the parts that may hold the next event.
   *
   * @return whether there is one
   */
  private boolean addParts() {
    while (aheadIsOfKey && (merge.isEmpty() || ahead.getLong(ORDER) <= merge.firstKey())) {
      merge.add(ahead.getBinary(PART));
      advance();
    }
    return !merge.isEmpty();
  }

  private boolean hasAttributesOfLast() {
    for (int attribute = 0; attribute < attributes; attribute++) {
      if (ids[(events - 1) * attributes + attribute]
          != EventParts.id(merge.bytes(), merge.start(), attribute)) {
        return false;
      }
    }
    return true;
  }

  private void add(long order) {
    if (events == orders.length) {
      orders = Arrays.copyOf(orders, 2 * events);
    }
    if ((events + 1) * attributes > ids.length) {
      ids = Arrays.copyOf(ids, 2 * (events + 1) * attributes);
    }
    orders[events] = order;
    for (int attribute = 0; attribute < attributes; attribute++) {
      ids[events * attributes + attribute] = EventParts.id(merge.bytes(), merge.start(), attribute);
    }
    events++;
  }

  private int[] byAttribute() {
    int[] result = new int[attributes * events];
    for (int event = 0; event < events; event++) {
      for (int attribute = 0; attribute < attributes; attribute++) {
        result[attribute * events + event] = ids[event * attributes + attribute];
      }
    }
    return result;
  }
}
