package io.taskweave.engine.sample;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.merge.OwnerRecords;
import io.taskweave.core.merge.RecordOrder;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.SampleColumns;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Gathers samples, as they come from files, into parts: some of a user's samples, by time and
 * sample id. So few rows are moved and sorted instead of one a sample.
 */
final class SampleParts implements Iterator<InternalRow> {
  static final String PART = "sample_part";
  static final StructType SCHEMA =
      new StructType()
          .add(EventColumns.USER, DataTypes.StringType, false)
          .add(EventColumns.STREAM, DataTypes.IntegerType, false)
          .add(EventColumns.CHUNK, DataTypes.LongType, false)
          .add(PART, DataTypes.BinaryType, false);

  /** Of samples that a task holds at a time, beside a fifth as much for their order. */
  static final int HELD_BYTES = 32 << 20;

  /** Of a part, so that many parts of a user can be held together. */
  private static final int PART_SAMPLES = 256;

  private final Iterator<InternalRow> input;
  private final Format format;
  private final UnsafeProjection projection;
  private final OwnerRecords samples;
  private int next;

  /**
   * @param input rows of a schema, each followed by its user
   * @param bytes of samples that are held at a time
   */
  SampleParts(Iterator<InternalRow> input, StructType schema, Format format, int bytes) {
    this.input = input;
    this.format = format;
    this.projection = UnsafeProjection.create(schema);
    this.samples = new OwnerRecords(format.order(), bytes);
  }

  /**
   * How parts hold samples: by time, if they have one, and sample id, then the size of a row and
   * the row itself.
   *
   * @param columns of a row
   * @param timeColumn -1 if samples have no time
   * @param streamColumn -1 if rows do not say their stream
   */
  record Format(int columns, int timeColumn, int streamColumn) implements Serializable {
    RecordOrder order() {
      return new RecordOrder(timeColumn < 0 ? 1 : 2);
    }

    private int sizePlace() {
      return order().keys() * Long.BYTES;
    }

    private int rowPlace() {
      return sizePlace() + Long.BYTES;
    }

    /** Bytes of a sample. */
    int length(byte[] part, int start) {
      return rowPlace() + (int) RecordOrder.number(part, start + sizePlace());
    }

    /** The row of a sample, for as long as the part does not change. */
    UnsafeRow row(byte[] part, int start) {
      UnsafeRow row = new UnsafeRow(columns);
      row.pointTo(
          part,
          (long) Platform.BYTE_ARRAY_OFFSET + start + rowPlace(),
          (int) RecordOrder.number(part, start + sizePlace()));
      return row;
    }

    /** Bytes of a sample with such a row. */
    private int length(UnsafeRow row) {
      return rowPlace() + row.getSizeInBytes();
    }

    private void write(UnsafeRow row, byte[] bytes, int start) {
      if (timeColumn >= 0) {
        // Who reads a sample without time refuses it.
        RecordOrder.putNumber(bytes, start, row.isNullAt(timeColumn) ? 0 : row.getLong(timeColumn));
      }
      RecordOrder.putNumber(
          bytes, start + sizePlace() - Long.BYTES, row.getLong(SampleRows.SAMPLE_ID));
      RecordOrder.putNumber(bytes, start + sizePlace(), row.getSizeInBytes());
      row.writeToMemory(bytes, (long) Platform.BYTE_ARRAY_OFFSET + start + rowPlace());
    }
  }

  @Override
  public boolean hasNext() {
    return next < samples.size() || input.hasNext();
  }

  @Override
  public InternalRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (next == samples.size()) {
      gather();
    }
    int from = next;
    do {
      next++;
    } while (next < samples.size() && next - from < PART_SAMPLES && samples.isOfOwnerBefore(next));
    byte[] bytes = samples.bytes();
    int start = samples.start(from);
    return new GenericInternalRow(
        new Object[] {
          UTF8String.fromBytes(samples.owner(from)),
          format.streamColumn() < 0 ? 0 : format.row(bytes, start).getInt(format.streamColumn()),
          RecordOrder.number(bytes, start),
          samples.copy(from, next)
        });
  }

  private void gather() {
    samples.clear();
    next = 0;
    while (input.hasNext() && !samples.isFull()) {
      InternalRow read = input.next();
      if (read.isNullAt(format.columns())) {
        throw new InputRejectedException(
            "Cannot read samples: one has no "
                + SampleColumns.USER
                + ", and histories belong to users (null), encode the log again");
      }
      UnsafeRow row = projection.apply(read);
      ByteBuffer user = read.getUTF8String(format.columns()).getByteBuffer();
      int name = user.arrayOffset() + user.position();
      int start = samples.add(user.array(), name, name + user.remaining(), format.length(row));
      format.write(row, samples.bytes(), start);
    }
    samples.sort();
  }
}
