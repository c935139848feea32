package io.taskweave.core.sample;

/**
 * Column names of the history data set, which the data jobs write and the engine reads: one row a
 * user, sequence and period, with the events of the period in their order.
 *
 * <p>Types: {@link #USER} and {@link #SEQUENCE} are strings; {@link #STREAM} is the {@code int}
 * that the user's samples have; {@link #CHUNK} is a {@code long} by which a user's rows follow each
 * other; {@link #TIMES} is an array of {@code long} (epoch milliseconds), null for events without
 * time; {@link #IDS} is an array of {@code int}: the ids of all events for one attribute after the
 * other.
 */
public final class EventColumns {
  public static final String USER = SampleColumns.USER;
  public static final String STREAM = SampleColumns.STREAM;
  public static final String SEQUENCE = "sequence";
  public static final String CHUNK = "chunk";
  public static final String TIMES = "times";
  public static final String IDS = "ids";
  public static final String DAY = SampleColumns.DAY;

  private EventColumns() {}
}
