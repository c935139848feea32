package io.taskweave.bench;

import io.taskweave.core.sample.HistoryColumns;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleColumns;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * A Parquet file of the ids that samples see, as DuckDB writes it: row groups of as many rows, each
 * column of them one page of plain values under zstd. A writer of rows would take every id alone.
 */
final class SeenFile implements Closeable {
  static final String SEEN = "seen";

  private static final int ROWS_OF_GROUP = 122_880;

  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          String.format(
              "message samples { required int64 %s;"
                  + " required group %s (LIST) { repeated group list { required int32 element; } } }",
              SampleColumns.SAMPLE_ID, SEEN));

  private final CompressionCodecFactory codecs;
  private final BytesInputCompressor compressor;
  private final ParquetFileWriter file;
  private final int rowsOfGroup;
  private final ByteBuffer sampleIds;
  private ByteBuffer ids;

  /** 0 where a list begins, and 1 for what follows in it. */
  private final Levels repetitions = new Levels();

  /** 0 for a list without ids, and 1 for an id. */
  private final Levels definitions = new Levels();

  private int rows;

  SeenFile(Path path, Configuration configuration) throws IOException {
    this(path, configuration, ROWS_OF_GROUP);
  }

  SeenFile(Path path, Configuration configuration, int rowsOfGroup) throws IOException {
    this.rowsOfGroup = rowsOfGroup;
    sampleIds = littleEndian(rowsOfGroup * Long.BYTES);
    ids = littleEndian(rowsOfGroup * Integer.BYTES);
    codecs = new CodecFactory(configuration, ids.capacity());
    compressor = codecs.getCompressor(CompressionCodecName.ZSTD);
    file =
        new ParquetFileWriter(
            HadoopOutputFile.fromPath(path, configuration),
            SCHEMA,
            ParquetFileWriter.Mode.CREATE,
            Long.MAX_VALUE,
            0,
            ParquetProperties.DEFAULT_COLUMN_INDEX_TRUNCATE_LENGTH,
            ParquetProperties.DEFAULT_STATISTICS_TRUNCATE_LENGTH,
            false);
    file.start();
  }

  /** Adds what the samples of a block see of its first sequence. */
  void add(SampleBlock block) throws IOException {
    HistoryColumns events = block.history(0);
    int[] starts = block.historyStarts(0);
    int[] ends = block.historyEnds(0);
    for (int row = 0; row < block.rows(); row++) {
      add(block.sampleIds()[row], events.ids(0), starts[row], ends[row] - starts[row]);
    }
  }

  private void add(long sampleId, int[] from, int start, int count) throws IOException {
    sampleIds.putLong(sampleId);
    repetitions.add(0, 1);
    if (count == 0) {
      definitions.add(0, 1);
    } else {
      repetitions.add(1, count - 1);
      definitions.add(1, count);
      int bytes = count * Integer.BYTES;
      if (ids.remaining() < bytes) {
        ids = littleEndian(Math.max(2 * ids.capacity(), ids.position() + bytes)).put(ids.flip());
      }
      ids.asIntBuffer().put(from, start, count);
      ids.position(ids.position() + bytes);
    }
    if (++rows == rowsOfGroup) {
      writeGroup();
    }
  }

  private void writeGroup() throws IOException {
    file.startBlock(rows);
    writeColumn(0, rows, BytesInput.from(sampleIds.flip()));
    BytesInput values = BytesInput.from(ids.flip());
    int count = repetitions.size();
    writeColumn(1, count, BytesInput.concat(repetitions.take(), definitions.take(), values));
    file.endBlock();
    sampleIds.clear();
    ids.clear();
    rows = 0;
  }

  private void writeColumn(int column, int values, BytesInput page) throws IOException {
    var described = SCHEMA.getColumns().get(column);
    file.startColumn(described, values, CompressionCodecName.ZSTD);
    file.writeDataPage(
        values,
        Math.toIntExact(page.size()),
        compressor.compress(page),
        Statistics.getBuilderForReading(described.getPrimitiveType()).build(),
        rows,
        Encoding.RLE,
        Encoding.RLE,
        Encoding.PLAIN);
    file.endColumn();
  }

  @Override
  public void close() throws IOException {
    if (rows > 0) {
      writeGroup();
    }
    file.end(Map.of());
    codecs.release();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Levels 0 and 1 in Parquet's run length encoding. */
  private static final class Levels {
    private static final int LONGEST_RUN = 6;

    private byte[] runs = new byte[1 << 10];
    private int end;
    private int level;
    private int length;
    private int size;

    int size() {
      return size;
    }

    void add(int next, int times) {
      if (next != level) {
        endRun();
        level = next;
      }
      length += times;
      size += times;
    }

    /** A number of 7 bits a byte, the last of which, 0, says that the run has one level. */
    private void endRun() {
      if (length > 0) {
        if (end + LONGEST_RUN > runs.length) {
          runs = Arrays.copyOf(runs, 2 * runs.length);
        }
        int left = length << 1;
        for (; left > 0x7F; left >>>= 7) {
          runs[end++] = (byte) (left | 0x80);
        }
        runs[end++] = (byte) left;
        runs[end++] = (byte) level;
      }
      length = 0;
    }

    /** The levels, led by the number of their bytes; valid until others are added. */
    BytesInput take() {
      endRun();
      BytesInput taken = BytesInput.concat(BytesInput.fromInt(end), BytesInput.from(runs, 0, end));
      end = 0;
      size = 0;
      return taken;
    }
  }
}
