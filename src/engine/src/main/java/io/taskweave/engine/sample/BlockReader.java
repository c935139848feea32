package io.taskweave.engine.sample;

import io.taskweave.core.merge.RecordMerge;
import io.taskweave.core.sample.EventBuffer;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.types.UTF8String;

/** Reads lined rows into blocks. The events of a block are those that one of its samples sees. */
final class BlockReader implements Iterator<SampleSource.Block> {
  private final SampleRows rows;
  private final SampleLayout layout;
  private final SampleParts.Format format;
  private final int size;
  private final Iterator<InternalRow> input;
  private final EventBuffer[] ofUser;
  private final EventBuffer[] ofBlock;
  private final RecordMerge samples;
  private final List<InternalRow> taken = new ArrayList<>();
  private final int[][] starts;
  private final int[][] ends;
  private int firstOfUser;
  private UTF8String user;

  /** What is read next; null at the end. */
  private InternalRow part;

  private boolean partIsOfUser;
  private InternalRow ahead;

  BlockReader(SampleRows rows, SampleParts.Format format, int size, Iterator<InternalRow> input) {
    this.rows = rows;
    this.layout = rows.layout();
    this.format = format;
    this.samples = new RecordMerge(format.order(), format::length);
    this.size = size;
    this.input = input;
    int sequences = layout.sequences().size();
    this.ofUser = buffers(layout);
    this.ofBlock = buffers(layout);
    this.starts = new int[sequences][size];
    this.ends = new int[sequences][size];
    if (sequences > 0) {
      readPart();
    }
    advance();
  }

  private static EventBuffer[] buffers(SampleLayout layout) {
    return layout.sequences().stream().map(EventBuffer::new).toArray(EventBuffer[]::new);
  }

  @Override
  public boolean hasNext() {
    return ahead != null;
  }

  @Override
  public SampleSource.Block next() {
    if (ahead == null) {
      throw new NoSuchElementException();
    }
    int ofStream = streamOf(ahead);
    taken.clear();
    firstOfUser = 0;
    for (EventBuffer events : ofBlock) {
      events.clear();
    }
    while (ahead != null && taken.size() < size && streamOf(ahead) == ofStream) {
      take(ahead);
      advance();
    }
    closeUser();
    return new SampleSource.Block(build().build(), List.copyOf(taken), ofStream);
  }

  /** Moves to the next sample and reads the events of its user on the way. */
  private void advance() {
    if (layout.sequences().isEmpty()) {
      ahead = input.hasNext() ? input.next() : null;
      return;
    }
    while (!addParts() && part != null) {
      closeUser();
      user = part.getUTF8String(SampleSource.OWNER_COLUMN).copy();
      partIsOfUser = true;
      for (EventBuffer events : ofUser) {
        events.clear();
      }
    }
    ahead = null;
    if (!samples.isEmpty()) {
      ahead = format.row(samples.bytes(), samples.start());
      samples.advance();
    }
  }

  /**
   * Takes the user's events, and those parts of his samples that may hold the next one.
   *
   * @return whether there is one
   */
  private boolean addParts() {
    while (partIsOfUser) {
      int kind = part.getInt(SampleSource.KIND_COLUMN);
      if (kind < ofUser.length) {
        ofUser[kind].add(
            0,
            part.isNullAt(SampleSource.TIMES_COLUMN)
                ? null
                : part.getArray(SampleSource.TIMES_COLUMN).toLongArray(),
            part.getArray(SampleSource.IDS_COLUMN).toIntArray());
      } else if (samples.isEmpty()
          || part.getLong(SampleSource.CHUNK_COLUMN) <= samples.firstKey()) {
        samples.add(part.getBinary(SampleSource.PART_COLUMN));
      } else {
        break;
      }
      readPart();
    }
    return !samples.isEmpty();
  }

  private void readPart() {
    part = input.hasNext() ? input.next() : null;
    partIsOfUser = part != null && part.getUTF8String(SampleSource.OWNER_COLUMN).equals(user);
  }

  private void take(InternalRow row) {
    int place = taken.size();
    // Spark gives the next row in the same memory, unless it lies in a part.
    taken.add(layout.sequences().isEmpty() ? row.copy() : row);
    int timeColumn = format.timeColumn();
    long time = timeColumn < 0 || row.isNullAt(timeColumn) ? 0 : row.getLong(timeColumn);
    for (int sequence = 0; sequence < ofUser.length; sequence++) {
      ends[sequence][place] = ofUser[sequence].endFor(0, time);
      starts[sequence][place] = ofUser[sequence].startFor(0, ends[sequence][place]);
    }
  }

  /** Moves the events that the user's samples see into the block. */
  private void closeUser() {
    for (int sequence = 0; sequence < ofUser.length; sequence++) {
      int from = Integer.MAX_VALUE;
      int to = 0;
      for (int row = firstOfUser; row < taken.size(); row++) {
        if (starts[sequence][row] < ends[sequence][row]) {
          from = Math.min(from, starts[sequence][row]);
          to = Math.max(to, ends[sequence][row]);
        }
      }
      int moved = ofBlock[sequence].events() - from;
      for (int row = firstOfUser; row < taken.size(); row++) {
        boolean empty = starts[sequence][row] == ends[sequence][row];
        starts[sequence][row] = empty ? 0 : starts[sequence][row] + moved;
        ends[sequence][row] = empty ? 0 : ends[sequence][row] + moved;
      }
      if (to > 0) {
        ofBlock[sequence].addAll(ofUser[sequence], from, to);
      }
    }
    firstOfUser = taken.size();
  }

  private SampleBlockBuilder build() {
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    List<Sequence> sequences = layout.sequences();
    for (int sequence = 0; sequence < sequences.size(); sequence++) {
      builder.events(sequence, ofBlock[sequence].columns());
    }
    for (int row = 0; row < taken.size(); row++) {
      rows.append(taken.get(row), builder);
      for (int sequence = 0; sequence < sequences.size(); sequence++) {
        builder.seenEvents(sequence, starts[sequence][row], ends[sequence][row]);
      }
    }
    return builder;
  }

  private int streamOf(InternalRow row) {
    return format.streamColumn() < 0 ? -1 : row.getInt(format.streamColumn());
  }
}
