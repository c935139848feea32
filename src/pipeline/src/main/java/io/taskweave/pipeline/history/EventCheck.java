package io.taskweave.pipeline.history;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.feature.LogBatches;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Looks through the events of a source once, before they become histories. */
final class EventCheck {
  /** A user's day with more events than about this is heavy. */
  private static final long LIGHT_EVENTS = 20_000;

  /** One event in so many is looked at to find heavy days. */
  private static final long EVENTS_A_SAMPLE = 64;

  /** Events may follow the last sample by this much before they count as a wrong unit or clock. */
  private static final long FUTURE_MILLIS = EventPeriods.DAY_MILLIS;

  private static final String DAY = "event_day";

  /** Of events that are not looked at; Spark takes several times as long over groups of nulls. */
  private static final int NO_DAY = Integer.MIN_VALUE;

  private static final int ALL = 0;
  private static final int NO_USER = 1;
  private static final int NO_ORDER = 2;
  private static final int SECONDS = 3;
  private static final int BEFORE_1970 = 4;
  private static final int FUTURE = 5;

  /** Where the counts of the attributes begin. */
  private static final int MISSING = 6;

  private final SequencePlan sequence;
  private final EventSource source;
  private final Dataset<Row> events;

  /**
   * @param events as the source gives them
   */
  EventCheck(SequencePlan sequence, EventSource source, Dataset<Row> events) {
    this.sequence = sequence;
    this.source = source;
    this.events = events;
  }

  /**
   * The days of users with very many events, as one event in so many tells, by {@link
   * EventPeriods#key}.
   *
   * @param lastSample after which no event may lie by far; empty if they may
   * @param summary gets the number of events and of those without an attribute
   * @throws InputRejectedException if there are no events, or some that cannot be in a history
   */
  Set<String> heavyDays(OptionalLong lastSample, ObjectNode summary) {
    List<Column> conditions = conditions(lastSample);
    long[] found = new long[conditions.size()];
    Set<String> heavy = new HashSet<>();
    for (Row group : groups(conditions).collectAsList()) {
      for (int i = 0; i < found.length; i++) {
        found[i] += group.getLong(2 + i);
      }
      if (!group.isNullAt(0)) {
        heavy.add(EventPeriods.key(group.getString(0), group.getInt(1)));
      }
    }
    refuse(found, lastSample);
    summary.put("events", found[ALL]);
    ObjectNode missing = summary.putObject("missing");
    for (int i = 0; i < sequence.attributes().size(); i++) {
      missing.put(sequence.attributes().get(i).name(), found[MISSING + i]);
    }
    return heavy;
  }

  private List<Column> conditions(OptionalLong lastSample) {
    Column order = source.order(events);
    List<Column> conditions = new ArrayList<>();
    conditions.add(lit(true));
    conditions.add(source.user().isNull());
    conditions.add(order.isNull());
    conditions.add(order.geq(1_000_000_000L).and(order.lt(100_000_000_000L)));
    conditions.add(order.lt(0));
    conditions.add(
        lastSample.isPresent() ? order.gt(lastSample.getAsLong() + FUTURE_MILLIS) : lit(false));
    sequence.attributes().forEach(attribute -> conditions.add(EventSource.isMissing(attribute)));
    return conditions;
  }

  /**
   * One pass: user, day and counts of the heavy days, and without user and day those of all other
   * events.
   */
  private Dataset<Row> groups(List<Column> conditions) {
    String[] names =
        IntStream.range(0, conditions.size()).mapToObj(i -> "c" + i).toArray(String[]::new);
    Column[] counts = new Column[names.length];
    Column[] sums = new Column[names.length];
    for (int i = 0; i < names.length; i++) {
      counts[i] = count(when(conditions.get(i), lit(1))).as(names[i]);
      sums[i] = sum(names[i]).as(names[i]);
    }
    Column sampled = pmod(xxhash64(source.id(events)), lit(EVENTS_A_SAMPLE)).equalTo(lit(0));
    Column day = EventPeriods.day(sequence, source.order(events));
    Column heavy =
        col(DAY).notEqual(lit(NO_DAY)).and(col(names[ALL]).gt(LIGHT_EVENTS / EVENTS_A_SAMPLE));
    return LogBatches.ask(
            events,
            rows ->
                rows.groupBy(
                        coalesce(when(sampled, source.user()), lit("")).as(EventSource.USER),
                        coalesce(when(sampled, day), lit(NO_DAY)).as(DAY))
                    .agg(counts[0], Arrays.copyOfRange(counts, 1, counts.length)))
        .groupBy(
            when(heavy, col(EventSource.USER)).as(EventSource.USER), when(heavy, col(DAY)).as(DAY))
        .agg(sums[0], Arrays.copyOfRange(sums, 1, sums.length));
  }

  private void refuse(long[] found, OptionalLong lastSample) {
    if (found[ALL] == 0) {
      throw source.refused("it holds no events, check the path and the days");
    }
    boolean timed = sequence.order() == SequenceOrder.TIME;
    refuseIfAny(found, NO_USER, "no user", "fill it");
    refuseIfAny(
        found,
        NO_ORDER,
        timed ? "no time" : "no position",
        timed ? "fill it, or set order = position" : "fill it");
    if (timed) {
      refuseIfAny(
          found,
          SECONDS,
          "a time that looks like seconds, not milliseconds",
          "declare time-unit = seconds");
      refuseIfAny(found, BEFORE_1970, "a time before 1970", "correct the log");
      refuseIfAny(
          found,
          FUTURE,
          "a time more than a day after the last sample ("
              + Instant.ofEpochMilli(lastSample.orElse(0))
              + ")",
          "correct the unit or the clock");
    }
    for (int i = 0; i < sequence.attributes().size(); i++) {
      AttributePlan attribute = sequence.attributes().get(i);
      if (attribute.required()) {
        refuseIfAny(
            found,
            MISSING + i,
            "no " + attribute.name() + " (column " + attribute.column() + ")",
            "complete the log's side table, or set required = false");
      }
    }
  }

  private void refuseIfAny(long[] found, int which, String what, String advice) {
    if (found[which] > 0) {
      throw source.refused(
          String.format(
              Locale.ROOT, "%d of %d events have %s, %s", found[which], found[ALL], what, advice));
    }
  }
}
