package io.taskweave.pipeline.history;

import io.taskweave.core.merge.OwnerRecords;
import io.taskweave.core.merge.RecordOrder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Gathers events, as they come in a log, into parts: some of the events of a user and period, in
 * their order. So few rows are moved and sorted instead of one an event.
 */
final class EventParts implements Iterator<InternalRow> {
  /** Columns of a part. */
  static final String SEQUENCE = "event_sequence";

  static final String DAY = "event_day";
  static final String SLICE = "event_slice";
  static final String PART = "event_part";

  /** An event is its order, its tie, its id, and then the ids of its attributes. */
  static final RecordOrder ORDER = new RecordOrder(3);

  /** Where the ids of the attributes begin. */
  private static final int ATTRIBUTES = 3 * Long.BYTES;

  /** The order of their bytes is that of the ids, which are not negative. */
  private static final VarHandle IDS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** Of events that a task holds at a time, beside half as much for their order. */
  private static final int HELD_BYTES = 32 << 20;

  /** Of a part, so that many parts of a user can be held together. */
  private static final int PART_EVENTS = 256;

  private static final StructType SCHEMA =
      new StructType()
          .add(SEQUENCE, DataTypes.IntegerType, false)
          .add(EventSource.USER, DataTypes.StringType, false)
          .add(DAY, DataTypes.IntegerType, false)
          .add(SLICE, DataTypes.IntegerType, false)
          .add(EventSource.ORDER, DataTypes.LongType, false)
          .add(PART, DataTypes.BinaryType, false);

  private final Iterator<InternalRow> input;
  private final int sequence;
  private final EventPeriods periods;
  private final int length;
  private final OwnerRecords events;
  private int next;

  /**
   * @param bytes of events that are held at a time
   */
  EventParts(
      Iterator<InternalRow> input, int sequence, EventPeriods periods, int attributes, int bytes) {
    this.input = input;
    this.sequence = sequence;
    this.periods = periods;
    this.length = eventBytes(attributes);
    this.events = new OwnerRecords(ORDER, bytes);
  }

  /**
   * Parts of the events of one source.
   *
   * @param encoded as {@link EventSource#encoded} gives them
   * @param sequence its number
   */
  static Dataset<Row> of(Dataset<Row> encoded, int sequence, EventPeriods periods, int attributes) {
    return encoded
        .sparkSession()
        .internalCreateDataFrame(
            encoded
                .queryExecution()
                .toRdd()
                .toJavaRDD()
                .mapPartitions(
                    rows -> new EventParts(rows, sequence, periods, attributes, HELD_BYTES))
                .rdd(),
            SCHEMA,
            false);
  }

  static int eventBytes(int attributes) {
    return ATTRIBUTES + attributes * Integer.BYTES;
  }

  /** The id of an attribute of the event at a place. */
  static int id(byte[] bytes, int start, int attribute) {
    return (int) IDS.get(bytes, placeOf(start, attribute));
  }

  private static int placeOf(int start, int attribute) {
    return start + ATTRIBUTES + attribute * Integer.BYTES;
  }

  @Override
  public boolean hasNext() {
    return next < events.size() || input.hasNext();
  }

  @Override
  public InternalRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (next == events.size()) {
      gather();
    }
    int from = next;
    UTF8String user = UTF8String.fromBytes(events.owner(from));
    long first = orderAt(from);
    int day = periods.day(first);
    boolean heavy = periods.isHeavy(user, day);
    int slice = heavy ? EventPeriods.slice(first) : 0;
    do {
      next++;
    } while (next < events.size()
        && next - from < PART_EVENTS
        && events.isOfOwnerBefore(next)
        && periods.day(orderAt(next)) == day
        && (!heavy || EventPeriods.slice(orderAt(next)) == slice));
    return new GenericInternalRow(
        new Object[] {sequence, user, day, slice, first, events.copy(from, next)});
  }

  private long orderAt(int place) {
    return RecordOrder.number(events.bytes(), events.start(place));
  }

  private void gather() {
    events.clear();
    next = 0;
    while (input.hasNext() && !events.isFull()) {
      InternalRow row = input.next();
      ByteBuffer user = row.getUTF8String(0).getByteBuffer();
      int name = user.arrayOffset() + user.position();
      int start = events.add(user.array(), name, name + user.remaining(), length);
      byte[] bytes = events.bytes();
      RecordOrder.putNumber(bytes, start, row.getLong(1));
      RecordOrder.putNumber(bytes, start + Long.BYTES, row.getLong(2));
      RecordOrder.putNumber(bytes, start + 2 * Long.BYTES, row.getLong(3));
      ArrayData ids = row.getArray(4);
      for (int attribute = 0; attribute < ids.numElements(); attribute++) {
        IDS.set(bytes, placeOf(start, attribute), ids.getInt(attribute));
      }
    }
    events.sort();
  }
}
