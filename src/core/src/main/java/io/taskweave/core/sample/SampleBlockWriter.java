package io.taskweave.core.sample;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Appends blocks to a file that the same training reads again. A block is a mark, then its columns
 * in the order of its layout, each as its number of elements and these, then a CRC-32C of all of
 * that; everything little-endian. No column is copied as a whole on the way.
 */
public final class SampleBlockWriter implements Closeable {
  static final int MARK = 0x31425754;
  static final int BUFFER_BYTES = 1 << 16;

  private final FileChannel file;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C checksum = new CRC32C();

  public SampleBlockWriter(Path file) throws IOException {
    this.file =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  /**
   * @param numbers that belong to the block, in the eyes of whom writes it
   */
  public void write(SampleBlock block, int[] numbers) throws IOException {
    checksum.reset();
    room(Integer.BYTES);
    buffer.putInt(MARK);
    write(numbers);
    write(block.sampleIds());
    write(block.weights());
    SampleLayout layout = block.layout();
    for (int field = 0; field < layout.fields().size(); field++) {
      switch (layout.fields().get(field).kind()) {
        case CATEGORICAL -> write(block.ids(field));
        case NUMERIC -> write(block.numbers(field));
        case MULTI_VALUED -> {
          write(block.starts(field));
          write(block.ids(field));
        }
      }
    }
    for (int task = 0; task < layout.tasks().size(); task++) {
      write(block.labels(task));
    }
    if (layout.timed()) {
      write(block.times());
    }
    for (int sequence = 0; sequence < layout.sequences().size(); sequence++) {
      HistoryColumns history = block.history(sequence);
      for (int attribute = 0; attribute < history.attributes(); attribute++) {
        write(history.ids(attribute));
      }
      if (history.times() != null) {
        write(history.times());
      }
      write(block.historyStarts(sequence));
      write(block.historyEnds(sequence));
    }
    flush();
    buffer.putInt((int) checksum.getValue());
    flush();
  }

  private void write(int[] column) throws IOException {
    begin(column.length);
    for (int done = 0; done < column.length; ) {
      int count = Math.min(column.length - done, room(Integer.BYTES) / Integer.BYTES);
      buffer.asIntBuffer().put(column, done, count);
      buffer.position(buffer.position() + count * Integer.BYTES);
      done += count;
    }
  }

  private void write(float[] column) throws IOException {
    begin(column.length);
    for (int done = 0; done < column.length; ) {
      int count = Math.min(column.length - done, room(Float.BYTES) / Float.BYTES);
      buffer.asFloatBuffer().put(column, done, count);
      buffer.position(buffer.position() + count * Float.BYTES);
      done += count;
    }
  }

  private void write(long[] column) throws IOException {
    begin(column.length);
    for (int done = 0; done < column.length; ) {
      int count = Math.min(column.length - done, room(Long.BYTES) / Long.BYTES);
      buffer.asLongBuffer().put(column, done, count);
      buffer.position(buffer.position() + count * Long.BYTES);
      done += count;
    }
  }

  private void write(byte[] column) throws IOException {
    begin(column.length);
    for (int done = 0; done < column.length; ) {
      int count = Math.min(column.length - done, room(Byte.BYTES));
      buffer.put(column, done, count);
      done += count;
    }
  }

  private void begin(int elements) throws IOException {
    room(Integer.BYTES);
    buffer.putInt(elements);
  }

  /** Bytes that the buffer has left, at least as many as wanted. */
  private int room(int wanted) throws IOException {
    if (buffer.remaining() < wanted) {
      flush();
    }
    return buffer.remaining();
  }

  private void flush() throws IOException {
    buffer.flip();
    checksum.update(buffer.array(), 0, buffer.limit());
    while (buffer.hasRemaining()) {
      file.write(buffer);
    }
    buffer.clear();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
