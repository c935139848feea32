package io.taskweave.core.merge;

import java.util.PriorityQueue;

/**
 * Reads the records of several parts, each in the order of {@link RecordOrder}, as one. Parts that
 * come in the order of their first keys are added when their first record is next: then only parts
 * that overlap are held together.
 */
public final class RecordMerge {
  /** Says where records end. */
  @FunctionalInterface
  public interface RecordLength {
    /**
     * Bytes of a record, 8 a key at least.
     *
     * @param part records, one directly after the other
     * @param start place in the part at which one of them begins
     */
    int at(byte[] part, int start);
  }

  private final RecordOrder order;
  private final RecordLength length;
  private final PriorityQueue<Part> others;
  private Part first;

  /**
   * @param order of the records of every part
   */
  public RecordMerge(RecordOrder order, RecordLength length) {
    this.order = order;
    this.length = length;
    this.others = new PriorityQueue<>(this::compare);
  }

  private final class Part {
    final byte[] bytes;
    int start;
    int end;

    Part(byte[] bytes) {
      this.bytes = bytes;
      this.end = length.at(bytes, 0);
    }

    boolean advance() {
      start = end;
      if (start == bytes.length) {
        return false;
      }
      end = start + length.at(bytes, start);
      return true;
    }
  }

  private int compare(Part one, Part other) {
    return order.compare(one.bytes, one.start, one.end, other.bytes, other.start, other.end);
  }

  /**
   * Adds records beside those that are left.
   *
   * @param part at least one record, one directly after the other and in order; shared, not copied,
   *     and must not change
   */
  public void add(byte[] part) {
    Part added = new Part(part);
    if (first == null) {
      first = added;
    } else if (compare(added, first) < 0) {
      others.add(first);
      first = added;
    } else {
      others.add(added);
    }
  }

  /** Whether no record is left; the methods below need one. */
  public boolean isEmpty() {
    return first == null;
  }

  /** The first key of the next record. */
  public long firstKey() {
    return RecordOrder.number(first.bytes, first.start);
  }

  /** The part that holds the next record, as it was added. */
  public byte[] bytes() {
    return first.bytes;
  }

  /** Where the next record begins in {@link #bytes}. */
  public int start() {
    return first.start;
  }

  /** Moves behind the next record. */
  public void advance() {
    if (!first.advance()) {
      first = others.poll();
    } else if (!others.isEmpty() && compare(others.peek(), first) < 0) {
      others.add(first);
      first = others.poll();
    }
  }
}
