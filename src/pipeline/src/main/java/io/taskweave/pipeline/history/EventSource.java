package io.taskweave.pipeline.history;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_position;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.dataset.HashedColumns;
import io.taskweave.pipeline.feature.EventEncoder;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import io.taskweave.pipeline.importing.ImportPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.IntegralType;

/** The events of one source of a sequence, before and after they get ids. */
final class EventSource {
  /** Columns of {@link #encoded}. */
  static final String USER = "event_user";

  static final String ORDER = "event_order";
  static final String TIE = "event_tie";
  static final String ID = "event_id";
  static final String IDS = "event_ids";
  private static final String KEYS = "event_keys";

  private final SequencePlan sequence;
  private final SourcePlan source;

  EventSource(SequencePlan sequence, SourcePlan source) {
    this.sequence = sequence;
    this.source = source;
  }

  /**
   * The rows of the source that are events, with the kind of the source if an attribute is it.
   *
   * @param table the source's log, with a column {@code time} if it is the samples'
   */
  Dataset<Row> events(Dataset<Row> table) {
    require(table, source.userColumn(), "the user");
    order(table);
    tie(table);
    Dataset<Row> rows = table;
    if (!source.only().isEmpty()) {
      require(table, source.only(), "the events to keep");
      rows = rows.where(quoted(source.only()).cast("double").equalTo(lit(1)));
    }
    if (sequence.attributes().stream()
        .anyMatch(attribute -> attribute.column().equals(SourcePlan.KIND_COLUMN))) {
      if (has(table, SourcePlan.KIND_COLUMN)) {
        throw refused("it has a column " + SourcePlan.KIND_COLUMN + " itself, rename it");
      }
      rows = rows.withColumn(SourcePlan.KIND_COLUMN, lit(source.kind()));
    }
    for (AttributePlan attribute : sequence.attributes()) {
      require(rows, attribute.column(), "attribute " + attribute.name());
    }
    return rows;
  }

  Column user() {
    return quoted(source.userColumn()).cast("string");
  }

  /** Epoch milliseconds; the position where events have no time. */
  Column order(Dataset<Row> table) {
    if (sequence.order() == SequenceOrder.POSITION) {
      return requireWhole(table, source.positionColumn(), "the position");
    }
    if (source.table().isEmpty()) {
      return requireWhole(table, SampleColumns.TIME, "the time");
    }
    HistoryPlan.Table other = source.table().get();
    if (other.timeColumn().isEmpty()) {
      throw refused(
          "its events have no time, and the sequence is ordered by time; name its time-column, or"
              + " set order = position");
    }
    long factor = other.timeUnit() == ImportPlan.TimeUnit.SECONDS ? 1000 : 1;
    return requireWhole(table, other.timeColumn(), "the time").multiply(lit(factor));
  }

  private Column tie(Dataset<Row> table) {
    if (!source.tieColumn().isEmpty()) {
      return requireWhole(table, source.tieColumn(), "the order of events of the same time");
    }
    return has(table, SampleColumns.SAMPLE_ID)
        ? col(SampleColumns.SAMPLE_ID).cast("long")
        : lit(0L);
  }

  /** Tells events apart. */
  Column id(Dataset<Row> table) {
    return has(table, SampleColumns.SAMPLE_ID)
        ? col(SampleColumns.SAMPLE_ID).cast("long")
        : xxhash64(
            HashedColumns.of(
                Arrays.stream(table.columns())
                    .filter(name -> !name.equals(SourcePlan.KIND_COLUMN))
                    .toArray(String[]::new)));
  }

  private Column requireWhole(Dataset<Row> table, String name, String purpose) {
    require(table, name, purpose);
    boolean whole = table.schema().apply(name).dataType() instanceof IntegralType;
    if (!whole) {
      throw refused(
          String.format(
              "%s is no whole number (column %s is %s), convert it",
              purpose, name, table.schema().apply(name).dataType().sql()));
    }
    return quoted(name).cast("long");
  }

  private void require(Dataset<Row> table, String name, String purpose) {
    if (!has(table, name)) {
      throw refused(
          String.format(
              "it has no column for %s (%s), choose one of %s",
              purpose, name, String.join(", ", table.columns())));
    }
  }

  /** Whether an event has no value for an attribute. */
  static Column isMissing(AttributePlan attribute) {
    Column value = quoted(attribute.column()).cast("string");
    return value.isNull().or(value.equalTo(lit("")));
  }

  /** Events as user, order, tie, id and the array of their attributes' ids. */
  Dataset<Row> encoded(Dataset<Row> events, EventEncoder encoder) {
    List<EventEncoder.Attribute> ofFields = new ArrayList<>();
    List<Column> carried =
        new ArrayList<>(List.of(order(events).as(ORDER), tie(events).as(TIE), id(events).as(ID)));
    List<Column> ids = new ArrayList<>();
    for (AttributePlan attribute : sequence.attributes()) {
      if (attribute.field().isEmpty()) {
        String name = "own_" + attribute.name();
        carried.add(ownId(attribute).as(name));
        ids.add(col(KEYS).getField(name));
      } else {
        EventEncoder.Attribute field =
            new EventEncoder.Attribute(attribute.name(), attribute.column(), attribute.field());
        ofFields.add(field);
        ids.add(quoted(field.encoded()));
      }
    }
    return encoder
        .encode(events, source.userColumn(), ofFields, struct(carried.toArray(Column[]::new)), KEYS)
        .select(
            col(SampleColumns.USER).as(USER),
            col(KEYS).getField(ORDER).as(ORDER),
            col(KEYS).getField(TIE).as(TIE),
            col(KEYS).getField(ID).as(ID),
            array(ids.toArray(Column[]::new)).as(IDS));
  }

  private Column ownId(AttributePlan attribute) {
    if (!attribute.edges().isEmpty()) {
      return EventEncoder.bucket(quoted(attribute.column()), attribute.edges());
    }
    String[] values = HistoryLayout.ownValues(sequence, attribute).toArray(String[]::new);
    // The position is 0 where a value is not listed: id 1.
    return when(isMissing(attribute), lit(Field.PADDING_ID))
        .otherwise(
            coalesce(
                array_position(lit(values), quoted(attribute.column()).cast("string"))
                    .plus(lit(Field.UNKNOWN_ID)),
                lit(Field.UNKNOWN_ID)))
        .cast("int");
  }

  InputRejectedException refused(String reason) {
    return new InputRejectedException(
        String.format(
            "Cannot make history %s of source %s: %s", sequence.name(), source.kind(), reason));
  }

  private static boolean has(Dataset<Row> rows, String name) {
    return Arrays.asList(rows.columns()).contains(name);
  }

  static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
