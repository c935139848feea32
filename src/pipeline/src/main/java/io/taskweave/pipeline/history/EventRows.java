package io.taskweave.pipeline.history;

import io.taskweave.core.sample.EventColumns;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Gathers sorted events into rows of {@link EventColumns}. An event that agrees with the one before
 * it in user, time, tie and id is the same event and appears once.
 */
final class EventRows implements Iterator<Row> {
  /** Events of one row, so that no row grows with a user; those of one time stay together. */
  private static final int ROW_EVENTS = 4096;

  private static final int SEQUENCE = 0;
  private static final int USER = 1;
  private static final int STREAM = 2;
  private static final int DAY = 3;
  private static final int SLICE = 4;
  private static final int ORDER = 5;
  private static final int TIE = 6;
  private static final int ID = 7;
  private static final int IDS = 8;
  private static final int TIMED = 9;

  static final StructType SCHEMA =
      new StructType()
          .add(EventColumns.SEQUENCE, DataTypes.StringType, false)
          .add(EventColumns.USER, DataTypes.StringType, false)
          .add(EventColumns.STREAM, DataTypes.IntegerType, false)
          .add(EventColumns.CHUNK, DataTypes.LongType, false)
          .add(EventColumns.TIMES, DataTypes.createArrayType(DataTypes.LongType, false), true)
          .add(EventColumns.IDS, DataTypes.createArrayType(DataTypes.IntegerType, false), false)
          .add(EventColumns.DAY, DataTypes.StringType, false);

  private final Iterator<InternalRow> input;
  private InternalRow ahead;

  private record Key(
      UTF8String sequence, boolean timed, UTF8String user, UTF8String day, int slice) {
    static Key of(InternalRow row) {
      return new Key(
          row.getUTF8String(SEQUENCE).copy(),
          row.getBoolean(TIMED),
          row.getUTF8String(USER).copy(),
          row.getUTF8String(DAY).copy(),
          row.getInt(SLICE));
    }

    boolean isOf(InternalRow row) {
      return row.getInt(SLICE) == slice
          && row.getUTF8String(USER).equals(user)
          && row.getUTF8String(DAY).equals(day)
          && row.getUTF8String(SEQUENCE).equals(sequence);
    }
  }

  private EventRows(Iterator<InternalRow> input) {
    this.input = input;
    advance();
  }

  /**
   * @param sorted sequence, user, stream, day, slice, order, tie, id, ids, and whether the order is
   *     a time; each key's events side by side in their order
   */
  static Dataset<Row> of(Dataset<Row> sorted) {
    return sorted
        .sparkSession()
        .createDataFrame(
            sorted.queryExecution().toRdd().toJavaRDD().mapPartitions(EventRows::new), SCHEMA);
  }

  private void advance() {
    ahead = input.hasNext() ? input.next() : null;
  }

  @Override
  public boolean hasNext() {
    return ahead != null;
  }

  @Override
  public Row next() {
    if (ahead == null) {
      throw new NoSuchElementException();
    }
    Key key = Key.of(ahead);
    int stream = ahead.getInt(STREAM);
    List<int[]> ids = new ArrayList<>();
    List<Long> orders = new ArrayList<>();
    long tie = 0;
    long id = 0;
    while (ahead != null && key.isOf(ahead)) {
      long order = ahead.getLong(ORDER);
      boolean tied = !orders.isEmpty() && orders.get(orders.size() - 1) == order;
      if (ids.size() >= ROW_EVENTS && !tied) {
        break;
      }
      if (!tied || tie != ahead.getLong(TIE) || id != ahead.getLong(ID)) {
        orders.add(order);
        ids.add(ahead.getArray(IDS).toIntArray());
      }
      tie = ahead.getLong(TIE);
      id = ahead.getLong(ID);
      advance();
    }
    int attributes = ids.get(0).length;
    int[] byAttribute = new int[attributes * ids.size()];
    for (int event = 0; event < ids.size(); event++) {
      for (int attribute = 0; attribute < attributes; attribute++) {
        byAttribute[attribute * ids.size() + event] = ids.get(event)[attribute];
      }
    }
    long[] times = orders.stream().mapToLong(Long::longValue).toArray();
    return RowFactory.create(
        key.sequence().toString(),
        key.user().toString(),
        stream,
        times[0],
        key.timed() ? times : null,
        byAttribute,
        key.day().toString());
  }
}
