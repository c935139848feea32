package io.taskweave.core.sample;

import java.io.Serializable;

/**
 * The events of one sequence for the users of a block, in columns: a user's events lie side by
 * side, oldest first. Samples point into them, so that an event is held once, however many samples
 * see it. Arrays are shared, not copied, and must not change.
 */
public final class HistoryColumns implements Serializable {
  private static final long serialVersionUID = 1;

  private final int[][] ids;
  private final long[] times;
  private final int events;

  /**
   * @param ids [attributes][events], attributes as the sequence lists them
   * @param times of the events in epoch milliseconds; null for {@link SequenceOrder#POSITION}
   */
  public HistoryColumns(int[][] ids, long[] times) {
    this.ids = ids;
    this.times = times;
    this.events = ids[0].length;
    for (int[] column : ids) {
      if (column.length != events) {
        throw new IllegalArgumentException(
            "Cannot hold a history: columns of "
                + events
                + " and of "
                + column.length
                + " events, give all of one length");
      }
    }
    if (times != null && times.length != events) {
      throw new IllegalArgumentException(
          "Cannot hold a history: " + events + " events and " + times.length + " times");
    }
  }

  /** No events of a sequence. */
  public static HistoryColumns none(Sequence sequence) {
    return new HistoryColumns(
        new int[sequence.attributes().size()][0],
        sequence.order() == SequenceOrder.TIME ? new long[0] : null);
  }

  public int events() {
    return events;
  }

  public int attributes() {
    return ids.length;
  }

  /** Ids of one attribute, one an event. */
  public int[] ids(int attribute) {
    return ids[attribute];
  }

  /** Times of the events in epoch milliseconds, or null if they have none. */
  public long[] times() {
    return times;
  }

  /**
   * End of the events in [from, to), one user's, that lie strictly before an instant.
   *
   * @return the first event at the instant or later, or {@code to}
   */
  public int endBefore(int from, int to, long instant) {
    return endBefore(times, from, to, instant);
  }

  static int endBefore(long[] times, int from, int to, long instant) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (times[middle] < instant) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Bytes on the heap, array headers left out. */
  public long bytes() {
    return (4L * ids.length + (times == null ? 0 : 8L)) * events;
  }
}
