package io.taskweave.pipeline.history;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.date_add;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.feature.EventEncoder;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/** Makes history rows of the logs of a plan's sources, and refuses what cannot be a history. */
public final class HistoryRows {
  private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();
  private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

  /** A user's day with more events than this is cut by hour. */
  private static final long LIGHT_EVENTS = 20_000;

  /** Events may follow the last sample by this much before they count as a wrong unit or clock. */
  private static final long FUTURE_MILLIS = DAY_MILLIS;

  private static final String EVENT_DAY = "event_day";
  private static final String SLICE = "event_slice";
  private static final String KEY_SEPARATOR = "\u0001";

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
    Dataset<Row> events = null;
    Set<String> heavy = new HashSet<>();
    for (SequencePlan sequence : plan.sequences()) {
      verifyAfter(sequence, firstSample);
      for (SourcePlan source : sequence.sources()) {
        EventSource reader = new EventSource(sequence, source);
        Dataset<Row> raw = reader.raw(tables.apply(source)).withColumn(EVENT_DAY, day(sequence));
        if (!plan.days().isEmpty()) {
          raw = raw.where(col(EVENT_DAY).isin(plan.days().toArray()));
        }
        ObjectNode described = summary.putObject(sequence.name() + "/" + source.kind());
        // The samples are of the log itself, and not of all its rows.
        long latest = source.table().isPresent() ? lastSample : Long.MAX_VALUE - FUTURE_MILLIS;
        heavy.addAll(check(reader, sequence, raw, latest, described));
        Dataset<Row> encoded = reader.encoded(raw, encoder).withColumn(EVENT_DAY, day(sequence));
        events = events == null ? encoded : events.unionByName(encoded);
      }
    }
    return EventRows.of(sliced(events, heavy));
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

  private static Column day(SequencePlan sequence) {
    return sequence.before().isPresent()
        ? lit(
            sequence.before().get().minusMillis(1).atZone(ZoneOffset.UTC).toLocalDate().toString())
        : date_add(
                lit("1970-01-01").cast("date"),
                floor(col(EventSource.ORDER).divide(lit(DAY_MILLIS))).cast("int"))
            .cast("string");
  }

  /** Refuses what cannot be a history and returns the user days with very many events. */
  private static Set<String> check(
      EventSource source,
      SequencePlan sequence,
      Dataset<Row> raw,
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
    Dataset<Row> groups =
        raw.groupBy(EventSource.USER, EVENT_DAY)
            .agg(counts.get(0), counts.subList(1, counts.size()).toArray(Column[]::new))
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<Column> sums = new ArrayList<>();
      for (int i = 0; i < counts.size(); i++) {
        sums.add(sum("c" + i));
      }
      Column withoutUser = sum(when(col(EventSource.USER).isNull(), col("c0")).otherwise(0L));
      sums.add(withoutUser);
      Row totals =
          groups.agg(sums.get(0), sums.subList(1, sums.size()).toArray(Column[]::new)).first();
      if (totals.isNullAt(0)) {
        throw source.refused("it holds no events, check the path and the days");
      }
      long events = totals.getLong(0);
      refuseIfAny(source, totals.getLong(counts.size()), events, "no user", "fill it");
      refuseIfAny(
          source,
          totals.getLong(1),
          events,
          timed ? "no time" : "no position",
          timed ? "fill it, or set order = position" : "fill it");
      if (timed) {
        refuseIfAny(
            source,
            totals.getLong(2),
            events,
            "a time that looks like seconds, not milliseconds",
            "declare time-unit = seconds");
        refuseIfAny(source, totals.getLong(3), events, "a time before 1970", "correct the log");
        refuseIfAny(
            source,
            totals.getLong(4),
            events,
            "a time more than a day after the last sample ("
                + Instant.ofEpochMilli(lastSample)
                + ")",
            "correct the unit or the clock");
      }
      summary.put("events", events);
      ObjectNode missing = summary.putObject("missing");
      for (int i = 0; i < sequence.attributes().size(); i++) {
        AttributePlan attribute = sequence.attributes().get(i);
        long found = totals.getLong(5 + i);
        missing.put(attribute.name(), found);
        if (attribute.required()) {
          refuseIfAny(
              source,
              found,
              events,
              "no " + attribute.name() + " (column " + attribute.column() + ")",
              "complete the log's side table, or set required = false");
        }
      }
      Set<String> heavy = new HashSet<>();
      groups
          .where(col("c0").gt(LIGHT_EVENTS))
          .select(EventSource.USER, EVENT_DAY)
          .collectAsList()
          .forEach(
              row ->
                  heavy.add(
                      String.join(
                          KEY_SEPARATOR, sequence.name(), row.getString(0), row.getString(1))));
      return heavy;
    } finally {
      groups.unpersist();
    }
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

  private static Dataset<Row> sliced(Dataset<Row> events, Set<String> heavy) {
    Column hour =
        floor(pmod(col(EventSource.ORDER), lit(DAY_MILLIS)).divide(lit(HOUR_MILLIS))).cast("int");
    Column slice =
        heavy.isEmpty()
            ? lit(0)
            : when(
                    concat_ws(
                            KEY_SEPARATOR,
                            col("event_sequence"),
                            col(EventSource.USER),
                            col(EVENT_DAY))
                        .isin(heavy.toArray()),
                    hour)
                .otherwise(lit(0));
    return events
        .withColumn(SLICE, slice)
        .select(
            "event_sequence",
            EventSource.USER,
            SampleColumns.STREAM,
            EVENT_DAY,
            SLICE,
            EventSource.ORDER,
            EventSource.TIE,
            EventSource.ID,
            EventSource.IDS,
            EventSource.TIMED)
        .repartition(col(EventSource.USER), col(EVENT_DAY), col(SLICE))
        .sortWithinPartitions(
            EVENT_DAY,
            "event_sequence",
            EventSource.USER,
            SLICE,
            EventSource.ORDER,
            EventSource.TIE,
            EventSource.ID);
  }
}
