package io.taskweave.core.sample;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** Reads what a {@link SampleBlockWriter} has written, and finds what is cut off or changed. */
public final class SampleBlockReader implements Closeable {
  private final Path path;
  private final SampleLayout layout;
  private final FileChannel file;
  private final long size;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(SampleBlockWriter.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C checksum = new CRC32C();
  private int summed;
  private long read;

  /**
   * @param layout of the written blocks
   */
  public SampleBlockReader(Path path, SampleLayout layout) throws IOException {
    this.path = path;
    this.layout = layout;
    this.file = FileChannel.open(path, StandardOpenOption.READ);
    this.size = file.size();
    buffer.flip();
  }

  /**
   * A block as it was written.
   *
   * @param numbers that were written with it
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Entry(SampleBlock block, int[] numbers) {}

  /** Bytes of the file. */
  public long size() {
    return size;
  }

  public boolean hasNext() {
    return left() > 0;
  }

  /**
   * @throws IOException if the file ends within the block, or its checksum is another
   */
  public Entry next() throws IOException {
    checksum.reset();
    summed = buffer.position();
    if (integer() != SampleBlockWriter.MARK) {
      throw broken("no block begins here");
    }
    int[] numbers = ints();
    long[] sampleIds = longs();
    float[] weights = floats();
    int fields = layout.fields().size();
    int[][] ids = new int[fields][];
    int[][] starts = new int[fields][];
    float[][] values = new float[fields][];
    for (int field = 0; field < fields; field++) {
      switch (layout.fields().get(field).kind()) {
        case CATEGORICAL -> ids[field] = ints();
        case NUMERIC -> values[field] = floats();
        case MULTI_VALUED -> {
          starts[field] = ints();
          ids[field] = ints();
        }
      }
    }
    byte[][] labels = new byte[layout.tasks().size()][];
    for (int task = 0; task < labels.length; task++) {
      labels[task] = bytes();
    }
    long[] times = layout.timed() ? longs() : null;
    int sequences = layout.sequences().size();
    HistoryColumns[] histories = new HistoryColumns[sequences];
    int[][] historyStarts = new int[sequences][];
    int[][] historyEnds = new int[sequences][];
    for (int sequence = 0; sequence < sequences; sequence++) {
      histories[sequence] = history(layout.sequences().get(sequence));
      historyStarts[sequence] = ints();
      historyEnds[sequence] = ints();
    }
    sum();
    int expected = (int) checksum.getValue();
    if (integer() != expected) {
      throw broken("the checksum of the block that ends here is another");
    }
    return new Entry(
        new SampleBlock(
            layout,
            sampleIds.length,
            sampleIds,
            ids,
            starts,
            values,
            labels,
            weights,
            times,
            histories,
            historyStarts,
            historyEnds),
        numbers);
  }

  private HistoryColumns history(Sequence sequence) throws IOException {
    int[][] ids = new int[sequence.attributes().size()][];
    for (int attribute = 0; attribute < ids.length; attribute++) {
      ids[attribute] = ints();
      if (ids[attribute].length != ids[0].length) {
        throw broken("columns of a history differ");
      }
    }
    long[] times = sequence.order() == SequenceOrder.TIME ? longs() : null;
    if (times != null && times.length != ids[0].length) {
      throw broken("columns of a history differ");
    }
    return new HistoryColumns(ids, times);
  }

  private int[] ints() throws IOException {
    int[] column = new int[elements(Integer.BYTES)];
    for (int done = 0; done < column.length; ) {
      int count = Math.min(column.length - done, present(Integer.BYTES) / Integer.BYTES);
      buffer.asIntBuffer().get(column, done, count);
      buffer.position(buffer.position() + count * Integer.BYTES);
      done += count;
    }
    return column;
  }

  private float[] floats() throws IOException {
    float[] column = new float[elements(Float.BYTES)];
    for (int done = 0; done < column.length; ) {
      int count = Math.min(column.length - done, present(Float.BYTES) / Float.BYTES);
      buffer.asFloatBuffer().get(column, done, count);
      buffer.position(buffer.position() + count * Float.BYTES);
      done += count;
    }
    return column;
  }

  private long[] longs() throws IOException {
    long[] column = new long[elements(Long.BYTES)];
    for (int done = 0; done < column.length; ) {
      int count = Math.min(column.length - done, present(Long.BYTES) / Long.BYTES);
      buffer.asLongBuffer().get(column, done, count);
      buffer.position(buffer.position() + count * Long.BYTES);
      done += count;
    }
    return column;
  }

  private byte[] bytes() throws IOException {
    byte[] column = new byte[elements(Byte.BYTES)];
    for (int done = 0; done < column.length; ) {
      int count = Math.min(column.length - done, present(Byte.BYTES));
      buffer.get(column, done, count);
      done += count;
    }
    return column;
  }

  /**
   * Length of the next column; one that reaches past the end of the file is never made room for.
   */
  private int elements(int width) throws IOException {
    int elements = integer();
    if (elements < 0 || (long) elements * width > left()) {
      throw broken("a column of " + elements + " elements does not end in it");
    }
    return elements;
  }

  private int integer() throws IOException {
    present(Integer.BYTES);
    return buffer.getInt();
  }

  /** Bytes that the buffer holds, at least as many as wanted. */
  private int present(int wanted) throws IOException {
    if (buffer.remaining() < wanted) {
      sum();
      buffer.compact();
      while (buffer.position() < wanted) {
        int count = file.read(buffer);
        if (count < 0) {
          buffer.flip();
          throw broken("it ends within a block");
        }
        read += count;
      }
      buffer.flip();
      summed = 0;
    }
    return buffer.remaining();
  }

  /** Takes what was used of the buffer into the checksum. */
  private void sum() {
    checksum.update(buffer.array(), summed, buffer.position() - summed);
    summed = buffer.position();
  }

  private long left() {
    return size - read + buffer.remaining();
  }

  private IOException broken(String reason) {
    return new IOException(
        path + " is broken at byte " + (size - left()) + " of " + size + ": " + reason);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
