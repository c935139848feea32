package io.taskweave.engine.training;

import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.engine.sample.SampleRows;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.Tuple2;

/**
 * Collects rows without histories into pieces. However many chunks and executors there are, it
 * holds a bounded number of rows.
 */
final class PieceReader implements Iterator<Tuple2<Integer, SamplePiece>> {
  private static final int HELD_ROWS = 1 << 15;

  private final SampleRows rows;
  private final SampleDivision division;
  private final Iterator<InternalRow> input;
  private final SampleBlockBuilder[] builders;
  private final int[][] streams;
  private final Queue<Tuple2<Integer, SamplePiece>> ready = new ArrayDeque<>();

  /**
   * @param input rows with the number of stream and chunk behind the sample's columns
   */
  PieceReader(SampleRows rows, SampleDivision division, Iterator<InternalRow> input) {
    this.rows = rows;
    this.division = division;
    this.input = input;
    this.builders = new SampleBlockBuilder[division.executors() * division.chunks()];
    this.streams = new int[builders.length][];
  }

  @Override
  public boolean hasNext() {
    if (ready.isEmpty() && input.hasNext()) {
      fill();
    }
    return !ready.isEmpty();
  }

  @Override
  public Tuple2<Integer, SamplePiece> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  private void fill() {
    for (int held = 0; held < HELD_ROWS && input.hasNext(); held++) {
      InternalRow row = input.next();
      int place = row.getInt(rows.width());
      int stream = division.stream(place);
      int target = division.executor(stream) * division.chunks() + division.chunk(place);
      if (builders[target] == null) {
        int expected = HELD_ROWS / builders.length + 1;
        builders[target] = new SampleBlockBuilder(rows.layout(), expected);
        streams[target] = new int[expected];
      }
      int count = builders[target].rows();
      if (count == streams[target].length) {
        streams[target] = Arrays.copyOf(streams[target], 2 * count);
      }
      streams[target][count] = stream;
      rows.append(row, builders[target]);
    }
    for (int target = 0; target < builders.length; target++) {
      if (builders[target] != null) {
        int[] ofPiece = Arrays.copyOf(streams[target], builders[target].rows());
        ready.add(
            new Tuple2<>(
                target / division.chunks(),
                new SamplePiece(target % division.chunks(), ofPiece, builders[target].build())));
        builders[target] = null;
        streams[target] = null;
      }
    }
  }
}
