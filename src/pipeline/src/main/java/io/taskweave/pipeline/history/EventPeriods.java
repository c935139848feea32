package io.taskweave.pipeline.history;

import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;

import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The periods by which the events of a sequence are cut into rows: days (UTC), and slices of a
 * user's heavy days. A slice holds all events between its first and its last.
 *
 * @param fixedDay of events without time, days since 1970
 * @param heavy the days with very many events, as {@link #key} says them
 */
record EventPeriods(boolean timed, int fixedDay, Set<String> heavy) implements Serializable {
  static final long DAY_MILLIS = Duration.ofDays(1).toMillis();
  private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

  static EventPeriods of(SequencePlan sequence, Set<String> heavy) {
    return new EventPeriods(
        sequence.before().isEmpty(),
        sequence.before().map(EventPeriods::dayBefore).orElse(0),
        heavy);
  }

  private static int dayBefore(Instant instant) {
    return (int) Math.floorDiv(instant.toEpochMilli() - 1, DAY_MILLIS);
  }

  /** Days since 1970 of an event. */
  static Column day(SequencePlan sequence, Column order) {
    return sequence.before().isPresent()
        ? lit(dayBefore(sequence.before().get()))
        : floor(order.divide(lit(DAY_MILLIS))).cast("int");
  }

  /** Says a user's day. */
  static String key(String user, int day) {
    return day + " " + user;
  }

  /** Days since 1970 of an event. */
  int day(long order) {
    return timed ? (int) Math.floorDiv(order, DAY_MILLIS) : fixedDay;
  }

  boolean isHeavy(UTF8String user, int day) {
    return !heavy.isEmpty() && heavy.contains(key(user.toString(), day));
  }

  /** The hour of an event in a heavy period, or as wide a range of positions; never falls. */
  static int slice(long order) {
    long hour = Math.floorDiv(order, HOUR_MILLIS);
    return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, hour));
  }
}
