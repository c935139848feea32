package io.taskweave.pipeline.history;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.importing.ImportPlan;
import io.taskweave.pipeline.importing.TableFormat;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Which histories samples see.
 *
 * @param sequences at least one
 * @param days the days to make, {@code yyyy-MM-dd} of the events' times in UTC; empty for all. The
 *     other days stay as they were published
 */
public record HistoryPlan(List<SequencePlan> sequences, List<String> days) implements Serializable {
  public HistoryPlan {
    sequences = List.copyOf(sequences);
    days = List.copyOf(days);
    verify(!sequences.isEmpty(), "history", "there are no sequences", sequences);
    Set<String> names = new HashSet<>();
    for (SequencePlan sequence : sequences) {
      verify(names.add(sequence.name()), sequence.name(), "sequence twice", sequence.name());
    }
  }

  /** All days. */
  public HistoryPlan(List<SequencePlan> sequences) {
    this(sequences, List.of());
  }

  /**
   * One sequence of events.
   *
   * @param length most recent events that a sample sees
   * @param delay how long an event takes until a sample may see it
   * @param before for {@link SequenceOrder#POSITION}: the instant before which all events lie
   */
  public record SequencePlan(
      String name,
      SequenceOrder order,
      Duration delay,
      int length,
      Optional<Instant> before,
      List<AttributePlan> attributes,
      List<SourcePlan> sources)
      implements Serializable {
    public SequencePlan {
      Objects.requireNonNull(order, "order");
      attributes = List.copyOf(attributes);
      sources = List.copyOf(sources);
      verify(!delay.isNegative(), name, "the delay must not be negative", delay);
      verify(length >= 1, name, "the length must be at least 1", length);
      verify(!attributes.isEmpty(), name, "it needs an attribute", attributes);
      verify(!sources.isEmpty(), name, "it needs a source", sources);
      boolean positions = order == SequenceOrder.POSITION;
      verify(
          positions == before.isPresent(),
          name,
          "an instant before which all events lie belongs to events without time, and only there",
          before);
      verify(!positions || delay.isZero(), name, "events without time have no delay", delay);
      Set<String> kinds = new HashSet<>();
      for (SourcePlan source : sources) {
        verify(kinds.add(source.kind()), name, "source twice", source.kind());
        verify(
            !positions || !source.positionColumn().isEmpty(),
            name,
            "events without time need a position-column",
            source.kind());
      }
    }
  }

  /**
   * What an event has.
   *
   * @param column of every source; {@link SourcePlan#KIND_COLUMN} is the kind of the source
   * @param field field of the samples whose vocabulary, edges or hash gives the ids; "" for own
   *     ones
   * @param values without a field: the values with ids of their own, from 2 on
   * @param edges without a field: ascending edges of the buckets of a number, from 2 on
   * @param required whether an event without a value refuses the input; else it has id 0
   */
  public record AttributePlan(
      String name,
      String column,
      String field,
      List<String> values,
      List<Double> edges,
      boolean required)
      implements Serializable {
    public AttributePlan {
      values = List.copyOf(values);
      edges = List.copyOf(edges);
      int ways = (field.isEmpty() ? 0 : 1) + (values.isEmpty() ? 0 : 1) + (edges.isEmpty() ? 0 : 1);
      verify(
          ways == 1 || (ways == 0 && column.equals(SourcePlan.KIND_COLUMN)),
          name,
          "an attribute needs one of field, values and edges",
          ways);
    }

    /** An attribute with the ids of a field of the samples, out of a column of another name. */
    public static AttributePlan ofField(String name, String column, String field) {
      return new AttributePlan(name, column, field, List.of(), List.of(), true);
    }
  }

  /**
   * Where events come from.
   *
   * @param kind its name
   * @param table another log; empty for the log of the samples
   * @param only column that must be 1, such as a label; empty for every row
   * @param tieColumn whole number that orders events of the same time; {@code sample_id} if empty
   * @param positionColumn whole number that orders events without time
   */
  public record SourcePlan(
      String kind,
      Optional<Table> table,
      String userColumn,
      String only,
      String tieColumn,
      String positionColumn)
      implements Serializable {
    /** The column of every source that holds its kind. */
    public static final String KIND_COLUMN = "kind";

    /** Every row of the log itself. */
    public static SourcePlan log(String userColumn) {
      return new SourcePlan("log", Optional.empty(), userColumn, "", "", "");
    }
  }

  /**
   * Another log.
   *
   * @param timeColumn empty for events without time
   */
  public record Table(
      String path, TableFormat format, String timeColumn, ImportPlan.TimeUnit timeUnit)
      implements Serializable {}

  private static void verify(boolean holds, String name, String problem, Object value) {
    if (!holds) {
      throw new ConfigurationException(
          String.format("Cannot plan history %s: %s (%s), change it", name, problem, value));
    }
  }
}
