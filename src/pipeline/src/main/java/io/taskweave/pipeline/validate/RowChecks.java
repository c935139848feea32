package io.taskweave.pipeline.validate;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.to_date;
import static org.apache.spark.sql.functions.udf;

import io.taskweave.pipeline.dataset.DataSet;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.FractionalType;
import org.apache.spark.sql.types.StructType;

/** The promises of a contract about rows, and what taskweave itself needs of each. */
final class RowChecks {
  private final List<RowCheck> checks = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();
  private final DataContract contract;
  private final ValidationPlan plan;
  private final StructType schema;
  private final Set<String> present;

  private RowChecks(DataContract contract, ValidationPlan plan, StructType schema) {
    this.contract = contract;
    this.plan = plan;
    this.schema = schema;
    this.present = Set.copyOf(Arrays.asList(schema.fieldNames()));
  }

  static RowChecks of(DataContract contract, ValidationPlan plan, StructType schema) {
    RowChecks checks = new RowChecks(contract, plan, schema);
    contract.columns().forEach(checks::ofColumn);
    checks.labels();
    checks.eventTime();
    return checks;
  }

  List<RowCheck> checks() {
    return checks;
  }

  /** Promises that the schema alone breaks: absent columns and wrong types. */
  List<Finding> findings() {
    return findings;
  }

  private void ofColumn(PromisedColumn column) {
    String name = column.name();
    if (!present.contains(name)) {
      findings.add(Finding.ofLog("column", name, "column " + name + " is absent"));
      return;
    }
    DataType found = schema.apply(name).dataType();
    if (column.required()) {
      add("null", name, name + " is null", quoted(name).isNull());
    }
    if (!column.allows(found)) {
      findings.add(
          Finding.ofLog(
              "type",
              name,
              "column " + name + " is " + found.sql() + ", not " + column.typeText()));
      return;
    }
    if (column.isNumeric()) {
      ofNumber(column, found);
    } else {
      ofText(column);
    }
    allowedValues(column);
    if (column.role().equals(Optional.of(ColumnRole.WEIGHT))) {
      add("weight", name, "weight " + name + " is negative", quoted(name).lt(lit(0)));
    }
  }

  private void ofNumber(PromisedColumn column, DataType found) {
    String name = column.name();
    Column value = quoted(name);
    PromisedColumn.Range range = column.range();
    range.minimum().ifPresent(bound -> range(name, "below " + figure(bound), value.lt(lit(bound))));
    range
        .exclusiveMinimum()
        .ifPresent(bound -> range(name, "not above " + figure(bound), value.leq(lit(bound))));
    range.maximum().ifPresent(bound -> range(name, "above " + figure(bound), value.gt(lit(bound))));
    range
        .exclusiveMaximum()
        .ifPresent(bound -> range(name, "not below " + figure(bound), value.geq(lit(bound))));
    if (found instanceof FractionalType) {
      Column number = value.cast("double");
      add(
          "finite",
          name,
          name + " is no finite number",
          isnan(number).or(abs(number).equalTo(lit(Double.POSITIVE_INFINITY))));
    }
  }

  private void ofText(PromisedColumn column) {
    String name = column.name();
    Column value = quoted(name);
    column
        .minimumLength()
        .ifPresent(
            bound ->
                add(
                    "length",
                    name,
                    name + " has fewer than " + bound + " characters",
                    length(value).lt(lit(bound))));
    column
        .maximumLength()
        .ifPresent(
            bound ->
                add(
                    "length",
                    name,
                    name + " has more than " + bound + " characters",
                    length(value).gt(lit(bound))));
    column
        .pattern()
        .ifPresent(
            pattern ->
                add(
                    "pattern",
                    name,
                    name + " does not match " + pattern,
                    functions.not(value.rlike(pattern))));
    if (column.logicalType().equals("date")
        && schema.apply(name).dataType().equals(DataTypes.StringType)) {
      String format = column.format().orElse("yyyy-MM-dd");
      add(
          "date",
          name,
          name + " is no date of the form " + format,
          value.isNotNull().and(to_date(value, format).isNull()));
    }
  }

  private void allowedValues(PromisedColumn column) {
    boolean label = column.role().equals(Optional.of(ColumnRole.LABEL));
    // That labels are 0 or 1 is checked in any case.
    if (column.allowedValues().isEmpty()
        || (label && Set.copyOf(column.allowedValues()).equals(Set.of("0", "1")))) {
      return;
    }
    Column value = quoted(column.name());
    Column allowed =
        column.isNumeric()
            ? value
                .cast("double")
                .isin(column.allowedValues().stream().map(Double::valueOf).toArray())
            : value.cast("string").isin(column.allowedValues().toArray());
    add(
        "allowed-values",
        column.name(),
        column.name() + " is none of " + String.join(", ", column.allowedValues()),
        functions.not(allowed));
  }

  /** The labels of the tasks, and the columns to which the contract gives this role. */
  private void labels() {
    Set<String> labels = new LinkedHashSet<>(plan.labelColumns());
    contract.withRole(ColumnRole.LABEL).forEach(column -> labels.add(column.name()));
    for (String label : labels) {
      if (present.contains(label)) {
        Column number = quoted(label).cast("double");
        Column valid = coalesce(number.isin(0.0, 1.0), lit(false));
        add(
            "label-values",
            label,
            "label " + label + " is neither 0 nor 1",
            quoted(label).isNotNull().and(functions.not(valid)));
      } else if (contract.column(label).isEmpty()) {
        findings.add(Finding.ofLog("column", label, "label " + label + " is absent"));
      }
    }
  }

  private void eventTime() {
    Optional<String> time = timeColumn(contract, schema);
    if (time.isEmpty() || !present.contains(DataSet.PARTITION_COLUMN)) {
      return;
    }
    long tolerance = plan.dayTolerance().toMillis();
    ZoneId zone = plan.zone();
    UDF2<String, Long, Boolean> outside =
        (day, millis) -> {
          if (day == null || millis == null) {
            return false;
          }
          try {
            LocalDate date = LocalDate.parse(day);
            long start = date.atStartOfDay(zone).toInstant().toEpochMilli();
            long end = date.plusDays(1).atStartOfDay(zone).toInstant().toEpochMilli();
            return millis < start - tolerance || millis >= end + tolerance;
          } catch (DateTimeParseException noDay) {
            return true;
          }
        };
    Column day = quoted(DataSet.PARTITION_COLUMN).cast("string");
    add(
        "time-and-day",
        time.get(),
        "event time "
            + time.get()
            + " lies more than "
            + hours(plan.dayTolerance())
            + " outside its day in "
            + zone.getId(),
        udf(outside, DataTypes.BooleanType).apply(day, quoted(time.get()).cast("long")));
  }

  /** The column with the role, if it is there and holds whole numbers. */
  static Optional<String> timeColumn(DataContract contract, StructType schema) {
    return contract.withRole(ColumnRole.TIME).stream()
        .map(PromisedColumn::name)
        .filter(name -> Arrays.asList(schema.fieldNames()).contains(name))
        .filter(name -> schema.apply(name).dataType().equals(DataTypes.LongType))
        .findFirst();
  }

  private void range(String column, String breach, Column broken) {
    add("range", column, column + " is " + breach, broken);
  }

  /** A comparison with null is unknown, which breaks no promise. */
  private void add(String kind, String column, String breach, Column broken) {
    checks.add(
        new RowCheck(
            kind, column, breach, coalesce(broken, lit(false)), quoted(column).cast("string")));
  }

  private static String hours(Duration duration) {
    return figure(duration.toMillis() / 3_600_000.0) + " hours";
  }

  private static String figure(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  static Column quoted(String name) {
    return new Column("`" + name.replace("`", "``") + "`");
  }
}
