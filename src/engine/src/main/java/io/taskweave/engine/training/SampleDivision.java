package io.taskweave.engine.training;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.SampleColumns;
import java.io.Serializable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * How samples are divided: into streams, of which consecutive ones lie in an executor, and across
 * the streams into chunks. A place is the number of stream and chunk in one.
 *
 * @param streams of all executors
 */
record SampleDivision(int executors, int chunks, int streams) implements Serializable {
  /**
   * Puts the place where the stream stands. The chunk is a hash of the sample's id, or of its user
   * where samples see histories, so that a history is held once.
   */
  Dataset<Row> places(Dataset<Row> rows, boolean byUser) {
    if (chunks == 1) {
      return rows;
    }
    Column owner =
        byUser
            ? functions.col(EventColumns.USER).cast("string")
            : functions.col(SampleColumns.SAMPLE_ID).cast("long");
    Column chunk =
        functions.pmod(
            functions.xxhash64(functions.lit("chunk"), owner), functions.lit((long) chunks));
    // A stream that does not exist stays one, and the place within an int.
    Column stream =
        functions.least(
            functions.greatest(functions.col(SampleColumns.STREAM), functions.lit(-1)),
            functions.lit(streams));
    return rows.withColumn(
        SampleColumns.STREAM, stream.cast("long").multiply(chunks).plus(chunk).cast("int"));
  }

  /**
   * @throws InputRejectedException if there is no such stream
   */
  int stream(int place) {
    int stream = Math.floorDiv(place, chunks);
    if (stream < 0 || stream >= streams) {
      throw new InputRejectedException(
          "Cannot train: a sample lies in stream "
              + stream
              + " of "
              + streams
              + ", make the samples with the plan's number of streams");
    }
    return stream;
  }

  int chunk(int place) {
    return Math.floorMod(place, chunks);
  }

  /** Executor e of n holds streams e M / n up to (e + 1) M / n. */
  int executor(int stream) {
    return (int) ((long) stream * executors / streams);
  }

  int streamsOfExecutor() {
    return streams / executors;
  }

  int firstStream(int executor) {
    return executor * streamsOfExecutor();
  }
}
