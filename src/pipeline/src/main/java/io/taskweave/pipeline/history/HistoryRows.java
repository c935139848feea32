package io.taskweave.pipeline.history;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.shiftleft;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.feature.EventEncoder;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Makes history rows of the logs of a plan's sources, and refuses what cannot be a history. */
public final class HistoryRows {
  private static final long DAY_MILLIS = EventPeriods.DAY_MILLIS;

  /** A user's day with more events than about this is cut by hour. */
  private static final long LIGHT_EVENTS = 20_000;

  /** Events may follow the last sample by this much before they count as a wrong unit or clock. */
  private static final long FUTURE_MILLIS = DAY_MILLIS;

  /** One event in so many is looked at to find heavy days. */
  private static final long EVENTS_A_SAMPLE = 64;

  /** Of a user's hash; the day has the others of 64. */
  private static final int USER_BITS = 40;

  private static final String EVENT_DAY = "event_day";
  private static final String PLACE = "event_place";

  private final HistoryPlan plan;
  private final EventEncoder encoder;

  /**
   * @param encoder of the samples that see the histories
   */
  public HistoryRows(HistoryPlan plan, FeatureEncoder encoder) {
    this.plan = plan;
    this.encoder = new EventEncoder(encoder);
  }

  /**
   * Rows of {@link EventColumns}.
   *
   * @param tables the rows of each source
   * @param firstSample time of the earliest sample, epoch milliseconds
   * @param lastSample time of the latest sample
   * @param summary gets the events of each source and how many of them miss an attribute
   * @throws InputRejectedException if a column is missing, an event has no user, order or required
   *     attribute, or a time that cannot be one
   */
  public Dataset<Row> of(
      Function<SourcePlan, Dataset<Row>> tables,
      long firstSample,
      long lastSample,
      ObjectNode summary) {
    List<Supplier<Dataset<Row>>> parts = new ArrayList<>();
    for (int i = 0; i < plan.sequences().size(); i++) {
      SequencePlan sequence = plan.sequences().get(i);
      verifyAfter(sequence, firstSample);
      Set<String> heavy = new HashSet<>();
      EventPeriods periods = EventPeriods.of(sequence, heavy);
      int number = i;
      for (SourcePlan source : sequence.sources()) {
        EventSource reader = new EventSource(sequence, source);
        Dataset<Row> read = reader.events(tables.apply(source));
        Dataset<Row> events =
            plan.days().isEmpty()
                ? read
                : read.where(day(sequence, reader.order(read)).isin(days()));
        ObjectNode described = summary.putObject(sequence.name() + "/" + source.kind());
        // The samples are of the log itself, and not of all its rows.
        long latest = source.table().isPresent() ? lastSample : Long.MAX_VALUE - FUTURE_MILLIS;
        check(reader, sequence, events, latest, described);
        heavy.addAll(heavyDays(reader, sequence, events));
        // Only once the heavy days of all sources are known.
        parts.add(
            () ->
                EventParts.of(
                    reader.encoded(events, encoder),
                    number,
                    periods,
                    sequence.attributes().size()));
      }
    }
    return EventRows.of(
        sorted(parts.stream().map(Supplier::get).reduce(Dataset::union).orElseThrow()),
        plan.sequences());
  }

  private Object[] days() {
    return plan.days().stream()
        .map(text -> Math.toIntExact(LocalDate.parse(text).toEpochDay()))
        .toArray();
  }

  private static void verifyAfter(SequencePlan sequence, long firstSample) {
    if (sequence.before().isPresent() && firstSample < sequence.before().get().toEpochMilli()) {
      throw new InputRejectedException(
          String.format(
              "Cannot make history %s: all its events count as before %s, but the first sample is"
                  + " of %s; declare an earlier instant, or take samples after it",
              sequence.name(), sequence.before().get(), Instant.ofEpochMilli(firstSample)));
    }
  }

  /** Days since 1970 of an event. */
  private static Column day(SequencePlan sequence, Column order) {
    return sequence.before().isPresent()
        ? lit((int) Math.floorDiv(sequence.before().get().toEpochMilli() - 1, DAY_MILLIS))
        : floor(order.divide(lit(DAY_MILLIS))).cast("int");
  }

  /** Refuses what cannot be a history. */
  private static void check(
      EventSource source,
      SequencePlan sequence,
      Dataset<Row> events,
      long lastSample,
      ObjectNode summary) {
    Column order = col(EventSource.ORDER);
    boolean timed = sequence.order() == SequenceOrder.TIME;
    List<Column> counts = new ArrayList<>();
    counts.add(count(lit(1)).as("c0"));
    counts.add(countWhen(order.isNull()).as("c1"));
    counts.add(countWhen(order.geq(1_000_000_000L).and(order.lt(100_000_000_000L))).as("c2"));
    counts.add(countWhen(order.lt(0)).as("c3"));
    counts.add(countWhen(order.gt(lastSample + FUTURE_MILLIS)).as("c4"));
    for (AttributePlan attribute : sequence.attributes()) {
      counts.add(countWhen(EventSource.isMissing(attribute)).as("c" + counts.size()));
    }
    counts.add(countWhen(source.user().isNull()).as("c" + counts.size()));
    Row totals =
        events
            .withColumn(EventSource.ORDER, source.order(events))
            .agg(counts.get(0), counts.subList(1, counts.size()).toArray(Column[]::new))
            .first();
    if (totals.getLong(0) == 0) {
      throw source.refused("it holds no events, check the path and the days");
    }
    long all = totals.getLong(0);
    refuseIfAny(source, totals.getLong(counts.size() - 1), all, "no user", "fill it");
    refuseIfAny(
        source,
        totals.getLong(1),
        all,
        timed ? "no time" : "no position",
        timed ? "fill it, or set order = position" : "fill it");
    if (timed) {
      refuseIfAny(
          source,
          totals.getLong(2),
          all,
          "a time that looks like seconds, not milliseconds",
          "declare time-unit = seconds");
      refuseIfAny(source, totals.getLong(3), all, "a time before 1970", "correct the log");
      refuseIfAny(
          source,
          totals.getLong(4),
          all,
          "a time more than a day after the last sample (" + Instant.ofEpochMilli(lastSample) + ")",
          "correct the unit or the clock");
    }
    summary.put("events", all);
    ObjectNode missing = summary.putObject("missing");
    for (int i = 0; i < sequence.attributes().size(); i++) {
      AttributePlan attribute = sequence.attributes().get(i);
      long found = totals.getLong(5 + i);
      missing.put(attribute.name(), found);
      if (attribute.required()) {
        refuseIfAny(
            source,
            found,
            all,
            "no " + attribute.name() + " (column " + attribute.column() + ")",
            "complete the log's side table, or set required = false");
      }
    }
  }

  /** The user days with very many events, as one event in so many tells. */
  private static Set<String> heavyDays(
      EventSource source, SequencePlan sequence, Dataset<Row> events) {
    Set<String> heavy = new HashSet<>();
    events
        .where(pmod(xxhash64(source.id(events)), lit(EVENTS_A_SAMPLE)).equalTo(lit(0)))
        .groupBy(
            source.user().as(EventSource.USER), day(sequence, source.order(events)).as(EVENT_DAY))
        .count()
        .where(col("count").gt(LIGHT_EVENTS / EVENTS_A_SAMPLE))
        .collectAsList()
        .forEach(row -> heavy.add(EventPeriods.key(row.getString(0), row.getInt(1))));
    return heavy;
  }

  private static void refuseIfAny(
      EventSource source, long found, long events, String what, String advice) {
    if (found > 0) {
      throw source.refused(
          String.format(Locale.ROOT, "%d of %d events have %s, %s", found, events, what, advice));
    }
  }

  private static Column countWhen(Column condition) {
    return count(when(condition, lit(1)));
  }

  /** The parts of each user and period side by side, by their first event. */
  private Dataset<Row> sorted(Dataset<Row> parts) {
    // A number that tells days and nearly all users apart makes most comparisons short.
    Column place =
        shiftleft(col(EventParts.DAY).cast("long"), USER_BITS)
            .bitwiseOR(shiftrightunsigned(xxhash64(col(EventSource.USER)), Long.SIZE - USER_BITS));
    return parts
        .select(
            place.as(PLACE),
            col(EventParts.SEQUENCE),
            col(EventSource.USER),
            encoder.stream(col(EventSource.USER)),
            col(EventParts.DAY),
            col(EventParts.SLICE),
            col(EventSource.ORDER),
            col(EventParts.PART))
        .repartition(col(PLACE), col(EventParts.SLICE))
        .sortWithinPartitions(
            PLACE, EventParts.SEQUENCE, EventSource.USER, EventParts.SLICE, EventSource.ORDER);
  }
}
