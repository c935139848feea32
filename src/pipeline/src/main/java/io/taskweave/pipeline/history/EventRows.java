package io.taskweave.pipeline.history;

import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Gathers sorted events into rows of {@link EventColumns}. An event that agrees with the one before
 * it in user, time, tie and id is the same event and appears once.
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
  private static final int TIE = 7;
  private static final int ID = 8;
  private static final int IDS = 9;

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
  private final UTF8String[] names;
  private final boolean[] timed;
  private InternalRow ahead;

  private int sequence;
  private UTF8String user;
  private int day;
  private int slice;
  private long[] orders = new long[ROW_EVENTS];

  /** Event after event. */
  private int[] ids = new int[ROW_EVENTS];

  private int attributes;
  private int events;

  private EventRows(Iterator<InternalRow> input, String[] names, boolean[] timed) {
    this.input = input;
    this.names = Arrays.stream(names).map(UTF8String::fromString).toArray(UTF8String[]::new);
    this.timed = timed;
    advance();
  }

  /**
   * @param sorted a place that decides the order, sequence by its number, user, stream, day since
   *     1970, slice, order, tie, id and ids; each key's events side by side in their order
   */
  static Dataset<Row> of(Dataset<Row> sorted, List<SequencePlan> sequences) {
    String[] names = sequences.stream().map(SequencePlan::name).toArray(String[]::new);
    boolean[] timed = new boolean[names.length];
    for (int i = 0; i < timed.length; i++) {
      timed[i] = sequences.get(i).order() == SequenceOrder.TIME;
    }
    return sorted
        .sparkSession()
        .internalCreateDataFrame(
            sorted
                .queryExecution()
                .toRdd()
                .toJavaRDD()
                .mapPartitions(rows -> new EventRows(rows, names, timed))
                .rdd(),
            SCHEMA,
            false);
  }

  private void advance() {
    ahead = input.hasNext() ? input.next() : null;
  }

  @Override
  public boolean hasNext() {
    return ahead != null;
  }

  @Override
  public InternalRow next() {
    if (ahead == null) {
      throw new NoSuchElementException();
    }
    begin();
    int stream = ahead.getInt(STREAM);
    long tie = 0;
    long id = 0;
    while (ahead != null && isOfKey(ahead)) {
      long order = ahead.getLong(ORDER);
      boolean tied = events > 0 && orders[events - 1] == order;
      if (events >= ROW_EVENTS && !tied) {
        break;
      }
      if (!tied || tie != ahead.getLong(TIE) || id != ahead.getLong(ID)) {
        add(order, ahead.getArray(IDS));
      }
      tie = ahead.getLong(TIE);
      id = ahead.getLong(ID);
      advance();
    }
    long[] times = Arrays.copyOf(orders, events);
    return new GenericInternalRow(
        new Object[] {
          names[sequence],
          user,
          stream,
          times[0],
          timed[sequence] ? UnsafeArrayData.fromPrimitiveArray(times) : null,
          UnsafeArrayData.fromPrimitiveArray(byAttribute()),
          UTF8String.fromString(LocalDate.ofEpochDay(day).toString())
        });
  }

  private void begin() {
    sequence = ahead.getInt(SEQUENCE);
    user = ahead.getUTF8String(USER).copy();
    day = ahead.getInt(DAY);
    slice = ahead.getInt(SLICE);
    attributes = ahead.getArray(IDS).numElements();
    events = 0;
  }

  private boolean isOfKey(InternalRow row) {
    return row.getInt(SLICE) == slice
        && row.getInt(DAY) == day
        && row.getInt(SEQUENCE) == sequence
        && row.getUTF8String(USER).equals(user);
  }

  private void add(long order, ArrayData eventIds) {
    if (events == orders.length) {
      orders = Arrays.copyOf(orders, 2 * events);
    }
    if ((events + 1) * attributes > ids.length) {
      ids = Arrays.copyOf(ids, 2 * (events + 1) * attributes);
    }
    orders[events] = order;
    for (int attribute = 0; attribute < attributes; attribute++) {
      ids[events * attributes + attribute] = eventIds.getInt(attribute);
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
