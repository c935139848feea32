package io.taskweave.core.sample;

import io.taskweave.core.error.InputRejectedException;
import java.util.Arrays;

/** Collects the events of one sequence, user after user, in columns that grow. */
public final class EventBuffer {
  private static final int INITIAL_EVENTS = 256;

  private final Sequence sequence;
  private final int[][] ids;
  private long[] times;
  private int events;

  public EventBuffer(Sequence sequence) {
    this.sequence = sequence;
    this.ids = new int[sequence.attributes().size()][INITIAL_EVENTS];
    this.times = sequence.order() == SequenceOrder.TIME ? new long[INITIAL_EVENTS] : null;
  }

  public void clear() {
    events = 0;
  }

  public int events() {
    return events;
  }

  /**
   * Adds the next events of a user.
   *
   * @param from the user's first event in this buffer
   * @param addedTimes ascending; null for events without time
   * @param addedIds of all events for one attribute after the other
   * @throws InputRejectedException if an event lies before the user's last one, an id outside its
   *     table, or the numbers of ids and times do not fit each other
   */
  public void add(int from, long[] addedTimes, int[] addedIds) {
    int count = addedIds.length / ids.length;
    if (addedIds.length % ids.length != 0
        || (times != null && (addedTimes == null || addedTimes.length != count))) {
      throw rejected("ids of " + ids.length + " attributes and times differ", addedIds.length);
    }
    ensure(Math.addExact(events, count));
    for (int attribute = 0; attribute < ids.length; attribute++) {
      int rows = sequence.attributes().get(attribute).tableRows();
      for (int event = 0; event < count; event++) {
        int id = addedIds[attribute * count + event];
        if (id < 0 || id >= rows) {
          throw rejected(
              "an id of " + sequence.attributes().get(attribute).name() + " is not below " + rows,
              id);
        }
        ids[attribute][events + event] = id;
      }
    }
    if (times != null) {
      int next = events;
      for (long time : addedTimes) {
        if (next > from && time < times[next - 1]) {
          throw rejected("an event lies before the one it follows", time);
        }
        times[next++] = time;
      }
    }
    events += count;
  }

  private InputRejectedException rejected(String problem, Object value) {
    return new InputRejectedException(
        String.format(
            "Cannot read history %s: %s (%s), run the history stage again",
            sequence.name(), problem, value));
  }

  /**
   * End of the events from {@code from} on that a sample of this time sees.
   *
   * @param from the user's first event; all later ones are the user's
   */
  public int endFor(int from, long sampleTime) {
    if (times == null) {
      return events;
    }
    long instant = Math.subtractExact(sampleTime, sequence.delayMillis());
    return HistoryColumns.endBefore(times, from, events, instant);
  }

  /** First of the events before {@code end} that a sample sees. */
  public int startFor(int from, int end) {
    return Math.max(from, end - sequence.maxLength());
  }

  public int id(int attribute, int event) {
    return ids[attribute][event];
  }

  /** Epoch milliseconds; 0 for events without time. */
  public long time(int event) {
    return times == null ? 0 : times[event];
  }

  /** Adds events [from, to) of another buffer of the same sequence, of whatever users. */
  public void addAll(EventBuffer other, int from, int to) {
    ensure(Math.addExact(events, to - from));
    for (int attribute = 0; attribute < ids.length; attribute++) {
      System.arraycopy(other.ids[attribute], from, ids[attribute], events, to - from);
    }
    if (times != null) {
      System.arraycopy(other.times, from, times, events, to - from);
    }
    events += to - from;
  }

  /** Adds all events of a block's sequence. */
  public void addAll(HistoryColumns other) {
    ensure(Math.addExact(events, other.events()));
    for (int attribute = 0; attribute < ids.length; attribute++) {
      System.arraycopy(other.ids(attribute), 0, ids[attribute], events, other.events());
    }
    if (times != null) {
      System.arraycopy(other.times(), 0, times, events, other.events());
    }
    events += other.events();
  }

  /** A copy of all events. */
  public HistoryColumns columns() {
    int[][] copy = new int[ids.length][];
    for (int attribute = 0; attribute < ids.length; attribute++) {
      copy[attribute] = Arrays.copyOf(ids[attribute], events);
    }
    return new HistoryColumns(copy, times == null ? null : Arrays.copyOf(times, events));
  }

  private void ensure(int capacity) {
    if (capacity <= ids[0].length) {
      return;
    }
    int size = (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(capacity, 2L * ids[0].length));
    for (int attribute = 0; attribute < ids.length; attribute++) {
      ids[attribute] = Arrays.copyOf(ids[attribute], size);
    }
    times = times == null ? null : Arrays.copyOf(times, size);
  }
}
