package io.taskweave.pipeline.history;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.feature.LogBatches;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.importing.EpochTimes;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;

/** Looks through the events of a source once, before they become histories. */
final class EventCheck {
  /** A user's day with more events than about this is heavy. */
  private static final long LIGHT_EVENTS = 20_000;

  /** One event in so many is looked at to find heavy days. */
  private static final long EVENTS_A_SAMPLE = 64;

  /** Events may follow the last sample by this much before they count as a wrong unit or clock. */
  private static final long FUTURE_MILLIS = EventPeriods.DAY_MILLIS;

  /** Columns of a group of events. */
  private static final int USER_COLUMN = 0;

  private static final int DAY_COLUMN = 1;
  private static final int COUNTS_COLUMN = 2;

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
    for (Found ofPartition : found(conditions)) {
      for (int i = 0; i < found.length; i++) {
        found[i] += ofPartition.counts().get(i);
      }
      heavy.addAll(ofPartition.heavyDays());
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
    conditions.add(EpochTimes.looksLikeSeconds(order));
    conditions.add(order.lt(0));
    conditions.add(
        lastSample.isPresent() ? order.gt(lastSample.getAsLong() + FUTURE_MILLIS) : lit(false));
    sequence.attributes().forEach(attribute -> conditions.add(EventSource.isMissing(attribute)));
    return conditions;
  }

  /** What the events of some users and days have been found to be. */
  private record Found(List<Long> counts, List<String> heavyDays) implements Serializable {
    static Found of(Iterator<InternalRow> groups, int conditions) {
      long[] counts = new long[conditions];
      List<String> heavyDays = new ArrayList<>();
      while (groups.hasNext()) {
        InternalRow group = groups.next();
        for (int i = 0; i < conditions; i++) {
          counts[i] += group.getLong(COUNTS_COLUMN + i);
        }
        int day = group.getInt(DAY_COLUMN);
        if (day != NO_DAY && group.getLong(COUNTS_COLUMN + ALL) > LIGHT_EVENTS / EVENTS_A_SAMPLE) {
          heavyDays.add(EventPeriods.key(group.getUTF8String(USER_COLUMN).toString(), day));
        }
      }
      return new Found(Arrays.stream(counts).boxed().toList(), heavyDays);
    }
  }

  /** One pass over the events, which counts those that are not looked at together. */
  private List<Found> found(List<Column> conditions) {
    Column[] counts =
        conditions.stream().map(condition -> count(when(condition, lit(1)))).toArray(Column[]::new);
    Column sampled = pmod(xxhash64(source.id(events)), lit(EVENTS_A_SAMPLE)).equalTo(lit(0));
    Column day = EventPeriods.day(sequence, source.order(events));
    Dataset<Row> groups =
        LogBatches.ask(
            events,
            rows ->
                rows.groupBy(
                        coalesce(when(sampled, source.user()), lit("")),
                        coalesce(when(sampled, day), lit(NO_DAY)))
                    .agg(counts[0], Arrays.copyOfRange(counts, 1, counts.length)));
    int size = counts.length;
    return groups
        .queryExecution()
        .toRdd()
        .toJavaRDD()
        .mapPartitions(ofPartition -> List.of(Found.of(ofPartition, size)).iterator())
        .collect();
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
