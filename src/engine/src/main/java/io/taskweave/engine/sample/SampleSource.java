package io.taskweave.engine.sample;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.shiftleft;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;

/**
 * Samples with the histories that they see, in one order: user after user, his events before his
 * samples. So a history is held for as long as its user's samples are read, and never once a
 * sample.
 */
public final class SampleSource implements Serializable {
  private static final long serialVersionUID = 1;
  private static final String KIND = "row_kind";
  private static final String PLACE = "row_place";

  /** Columns of lined rows. */
  static final int OWNER_COLUMN = 1;

  static final int KIND_COLUMN = 2;
  static final int CHUNK_COLUMN = 3;
  static final int PART_COLUMN = 4;
  static final int TIMES_COLUMN = 5;
  static final int IDS_COLUMN = 6;

  /** Of a user's hash; the stream has the others of 64. */
  private static final int USER_BITS = 40;

  private final SampleRows rows;
  private final int further;
  private final int streamColumn;

  private SampleSource(SampleRows rows, int further, int streamColumn) {
    this.rows = rows;
    this.further = further;
    this.streamColumn = streamColumn;
  }

  /**
   * Prepares to read samples.
   *
   * @param further columns that {@link Block#rows} keep from {@link SampleRows#width} on
   */
  public static SampleSource of(SampleRows rows, String... further) {
    return new SampleSource(
        rows, further.length, Arrays.asList(further).indexOf(SampleColumns.STREAM));
  }

  /**
   * Samples that are read together.
   *
   * @param rows as {@link SampleRows#select} gives them
   * @param stream of all of them; -1 if the stream is not among the further columns
   */
  public record Block(SampleBlock samples, List<InternalRow> rows, int stream) {}

  /**
   * Rows in the order in which {@link #blocks} reads them.
   *
   * @param histories rows of {@link EventColumns}; needed if the layout has sequences
   * @throws InputRejectedException if there are none, or the samples have no user
   */
  public Dataset<Row> lined(
      Dataset<Row> samples, Optional<Dataset<Row>> histories, String... further) {
    SampleLayout layout = rows.layout();
    if (layout.sequences().isEmpty()) {
      return rows.select(samples, further);
    }
    Dataset<Row> events =
        histories.orElseThrow(
            () ->
                new InputRejectedException(
                    "Cannot read samples: the model sees histories ("
                        + layout.sequences().stream().map(Sequence::name).toList()
                        + ") and there are none, run the history stage"));
    List<String> names = layout.sequences().stream().map(Sequence::name).toList();
    List<String> sampleColumns = new ArrayList<>(List.of(further));
    sampleColumns.add(SampleColumns.USER);
    Dataset<Row> selected = rows.select(samples, sampleColumns.toArray(String[]::new));
    StructType schema =
        new StructType(Arrays.copyOf(selected.schema().fields(), rows.width() + further.length));
    SampleParts.Format format = format();
    Dataset<Row> parts =
        samples
            .sparkSession()
            .internalCreateDataFrame(
                internal(selected)
                    .mapPartitions(
                        read -> new SampleParts(read, schema, format, SampleParts.HELD_BYTES))
                    .rdd(),
                SampleParts.SCHEMA,
                false);
    Column kind = lit(-1);
    for (int sequence = 0; sequence < names.size(); sequence++) {
      kind =
          when(col(EventColumns.SEQUENCE).equalTo(lit(names.get(sequence))), lit(sequence))
              .otherwise(kind);
    }
    return parts
        .select(
            place(),
            col(EventColumns.USER),
            lit(names.size()).as(KIND),
            col(EventColumns.CHUNK),
            col(SampleParts.PART),
            lit(null).cast("array<bigint>").as(EventColumns.TIMES),
            lit(null).cast("array<int>").as(EventColumns.IDS))
        .union(
            events
                .where(col(EventColumns.SEQUENCE).isin(names.toArray()))
                .select(
                    place(),
                    col(EventColumns.USER),
                    kind.as(KIND),
                    col(EventColumns.CHUNK),
                    lit(null).cast("binary").as(SampleParts.PART),
                    col(EventColumns.TIMES),
                    col(EventColumns.IDS)))
        .repartition(col(PLACE))
        .sortWithinPartitions(PLACE, EventColumns.USER, KIND, EventColumns.CHUNK);
  }

  /**
   * Keeps streams apart, so that each gives whole blocks, and nearly all users, so that most
   * comparisons end with one number.
   */
  private Column place() {
    Column user = shiftrightunsigned(xxhash64(col(EventColumns.USER)), Long.SIZE - USER_BITS);
    Column place =
        streamColumn < 0
            ? user
            : shiftleft(col(EventColumns.STREAM).cast("long"), USER_BITS).bitwiseOR(user);
    return place.as(PLACE);
  }

  /** The rows of a data set as Spark holds them: a row's memory is that of the next one too. */
  public static JavaRDD<InternalRow> internal(Dataset<Row> rows) {
    return rows.queryExecution().toRdd().toJavaRDD();
  }

  /** Reads a partition of {@link #lined} rows, at most so many samples at a time. */
  public Iterator<Block> blocks(Iterator<InternalRow> partition, int size) {
    return new BlockReader(rows, format(), size, partition);
  }

  private SampleParts.Format format() {
    return new SampleParts.Format(
        rows.width() + further,
        rows.layout().timed() ? rows.width() - 1 : -1,
        streamColumn < 0 ? -1 : rows.width() + streamColumn);
  }
}
