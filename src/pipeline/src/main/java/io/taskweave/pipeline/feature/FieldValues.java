package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.array_distinct;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.get;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log1p;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.slice;
import static org.apache.spark.sql.functions.split;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.taskweave.core.sample.Field;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;

/** What a field's plan makes of the raw columns, before any vocabulary. */
final class FieldValues {
  static final int MISSING_ID = Field.PADDING_ID;
  static final int UNKNOWN_ID = Field.UNKNOWN_ID;
  static final int FIRST_ID = UNKNOWN_ID + 1;

  private FieldValues() {}

  /** One token a row as text, null if there is none; an empty text counts as none. */
  static Column token(Dataset<Row> log, FieldPlan plan) {
    Column raw = column(log, plan);
    Column value =
        switch (plan.derivation()) {
          case NONE -> raw.cast("string");
          case FIRST_OF_LIST -> get(list(log, plan), lit(0));
          case HOUR_OF_HHMM -> floor(raw.cast("double").divide(lit(100))).cast("string");
          case HOUR_OF_TIME -> {
            ZoneId zone = ZoneId.of(plan.zone());
            UDF1<Long, Integer> hour =
                time -> time == null ? null : Instant.ofEpochMilli(time).atZone(zone).getHour();
            yield udf(hour, DataTypes.IntegerType).apply(raw.cast("long")).cast("string");
          }
          case DAY_OF_WEEK_OF_TIME -> {
            ZoneId zone = ZoneId.of(plan.zone());
            UDF1<Long, Integer> day =
                time ->
                    time == null
                        ? null
                        : Instant.ofEpochMilli(time).atZone(zone).getDayOfWeek().getValue();
            yield udf(day, DataTypes.IntegerType).apply(raw.cast("long")).cast("string");
          }
        };
    return when(value.notEqual(lit("")), value);
  }

  /** The first tokens of a multi-valued field, each once; an empty array if there is none. */
  static Column tokens(Dataset<Row> log, FieldPlan plan) {
    Column distinct = array_distinct(list(log, plan));
    return coalesce(slice(distinct, 1, plan.maxValues()), functionsEmptyArray());
  }

  /** The number of a numeric or bucketed field, null where it is missing or not finite. */
  static Column number(Dataset<Row> log, FieldPlan plan) {
    Column value =
        (plan.derivation() == Derivation.NONE ? column(log, plan) : token(log, plan))
            .cast("double");
    return when(isFinite(value), value);
  }

  /** The number after clip and logarithm, before normalisation. */
  static Column transformed(Dataset<Row> log, FieldPlan plan) {
    Column value = number(log, plan);
    if (plan.missing() != null) {
      value = coalesce(value, lit(plan.missing()));
    }
    if (plan.clipLow() != null) {
      value = when(value.isNotNull(), greatest(value, lit(plan.clipLow())));
    }
    if (plan.clipHigh() != null) {
      value = when(value.isNotNull(), least(value, lit(plan.clipHigh())));
    }
    return plan.log() ? log1p(value) : value;
  }

  /** Bucket id from 2, 0 where the number is null. */
  static Column bucket(Column number, List<Double> edges) {
    double[] ascending = edges.stream().mapToDouble(Double::doubleValue).toArray();
    UDF1<Double, Integer> find =
        value -> {
          if (value == null) {
            return MISSING_ID;
          }
          // Adding zero turns -0.0, which a binary search puts below 0.0, into 0.0.
          int position = Arrays.binarySearch(ascending, value + 0.0);
          return FIRST_ID + (position >= 0 ? position + 1 : -position - 1);
        };
    return udf(find, DataTypes.IntegerType).apply(number);
  }

  static Column hashed(Column token, int buckets) {
    return pmod(xxhash64(token), lit((long) buckets)).cast("int").plus(lit(FIRST_ID));
  }

  private static Column list(Dataset<Row> log, FieldPlan plan) {
    Column raw = column(log, plan);
    Column values =
        LogColumns.isArray(log, plan.column())
            ? raw.cast("array<string>")
            : split(raw.cast("string"), Pattern.quote(plan.separator()));
    return filter(
        transform(values, value -> trim(value)),
        value -> value.isNotNull().and(length(value).gt(0)));
  }

  private static Column column(Dataset<Row> log, FieldPlan plan) {
    return LogColumns.require(log, plan.column(), "field " + plan.name());
  }

  private static Column functionsEmptyArray() {
    return org.apache.spark.sql.functions.array().cast("array<string>");
  }

  private static Column isFinite(Column value) {
    return value
        .isNotNull()
        .and(isnan(value).equalTo(lit(false)))
        .and(value.notEqual(lit(Double.POSITIVE_INFINITY)))
        .and(value.notEqual(lit(Double.NEGATIVE_INFINITY)));
  }
}
