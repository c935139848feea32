package io.taskweave.pipeline.history;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.shiftleft;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.EventColumns;
import io.taskweave.pipeline.feature.EventEncoder;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Makes history rows of the logs of a plan's sources, and refuses what cannot be a history. */
public final class HistoryRows {
  /** Of a user's hash; the day has the others of 64. */
  private static final int USER_BITS = 40;

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
   * @param samples that see the histories, with their times
   * @param summary gets the events of each source and how many of them miss an attribute
   * @throws InputRejectedException if a column is missing, an event has no user, order or required
   *     attribute, or a time that cannot be one
   */
  public Dataset<Row> of(
      Function<SourcePlan, Dataset<Row>> tables, Dataset<Row> samples, ObjectNode summary) {
    SampleTimes times = new SampleTimes(samples);
    List<Dataset<Row>> parts = new ArrayList<>();
    for (int i = 0; i < plan.sequences().size(); i++) {
      parts.add(parts(plan.sequences().get(i), i, tables, times, summary));
    }
    return EventRows.of(
        sorted(parts.stream().reduce(Dataset::union).orElseThrow()), plan.sequences());
  }

  /** Parts of the events of all sources of a sequence. */
  private Dataset<Row> parts(
      SequencePlan sequence,
      int number,
      Function<SourcePlan, Dataset<Row>> tables,
      SampleTimes times,
      ObjectNode summary) {
    verifyAfter(sequence, times);
    Map<EventSource, Dataset<Row>> eventsBySource = new LinkedHashMap<>();
    Set<String> heavy = new HashSet<>();
    for (SourcePlan source : sequence.sources()) {
      EventSource reader = new EventSource(sequence, source);
      Dataset<Row> read = reader.events(tables.apply(source));
      Dataset<Row> events =
          plan.days().isEmpty()
              ? read
              : read.where(EventPeriods.day(sequence, reader.order(read)).isin(days()));
      ObjectNode described = summary.putObject(sequence.name() + "/" + source.kind());
      // The samples are of the log itself, and not of all its rows.
      OptionalLong latest =
          source.table().isPresent() ? OptionalLong.of(times.last()) : OptionalLong.empty();
      heavy.addAll(new EventCheck(sequence, reader, events).heavyDays(latest, described));
      eventsBySource.put(reader, events);
    }
    EventPeriods periods = EventPeriods.of(sequence, heavy);
    int attributes = sequence.attributes().size();
    return eventsBySource.entrySet().stream()
        .map(
            source ->
                EventParts.of(
                    source.getKey().encoded(source.getValue(), encoder),
                    number,
                    periods,
                    attributes))
        .reduce(Dataset::union)
        .orElseThrow();
  }

  private Object[] days() {
    return plan.days().stream()
        .map(text -> Math.toIntExact(LocalDate.parse(text).toEpochDay()))
        .toArray();
  }

  private static void verifyAfter(SequencePlan sequence, SampleTimes times) {
    if (sequence.before().isPresent() && times.first() < sequence.before().get().toEpochMilli()) {
      throw new InputRejectedException(
          String.format(
              "Cannot make history %s: all its events count as before %s, but the first sample is"
                  + " of %s; declare an earlier instant, or take samples after it",
              sequence.name(), sequence.before().get(), Instant.ofEpochMilli(times.first())));
    }
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
