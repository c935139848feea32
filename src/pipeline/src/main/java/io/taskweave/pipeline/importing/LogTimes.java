package io.taskweave.pipeline.importing;

import static io.taskweave.pipeline.importing.TableReader.quoted;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import io.taskweave.core.error.InputRejectedException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF3;
import org.apache.spark.sql.types.DataTypes;

/** Event time and day of the rows of a raw log, and whether the time can be one. */
final class LogTimes {
  /** The end of the year 9999 in seconds. */
  private static final long LAST_SECOND = 253_402_300_799L;

  private final ImportPlan plan;

  LogTimes(ImportPlan plan) {
    this.plan = plan;
  }

  /** Epoch milliseconds. */
  Column time() {
    return raw().multiply(lit(milliseconds() ? 1L : 1000L));
  }

  /** {@code yyyy-MM-dd}; null where there is no valid day. */
  Column day() {
    return plan.dayColumn()
        .map(
            name ->
                udf(dayOfText(plan.dayPattern()), DataTypes.StringType)
                    .apply(quoted(name).cast("string")))
        .orElseGet(() -> udf(dayOfTime(plan.zone()), DataTypes.StringType).apply(time()));
  }

  /** Whether a row has its time and day; a row that has not ends the job that reads it. */
  Column check() {
    Column time = quoted(plan.timeColumn());
    Column day = plan.dayColumn().map(TableReader::quoted).orElse(time);
    UDF3<Long, String, String, Boolean> check = checkOf(plan.path(), milliseconds());
    return udf(check, DataTypes.BooleanType).apply(raw(), col("dt"), day.cast("string"));
  }

  private static UDF3<Long, String, String, Boolean> checkOf(String path, boolean milliseconds) {
    return (time, day, dayText) -> {
      String problem = time == null ? "no event time" : problem(time, milliseconds);
      Object value = time;
      if (problem.isEmpty() && day == null) {
        problem = "no valid day";
        value = dayText;
      }
      if (!problem.isEmpty()) {
        throw new InputRejectedException(
            String.format(
                "Cannot import %s: a row has %s (%s), correct the file or the mapping",
                path, problem, value));
      }
      return true;
    };
  }

  /**
   * What is wrong with an event time, "" if nothing is. Seconds that pass for milliseconds lie
   * between 1970 and 1973, milliseconds that pass for seconds beyond the year 9999.
   */
  private static String problem(long time, boolean milliseconds) {
    if (time < 0) {
      return "an event time before 1970";
    }
    if (time > (milliseconds ? LAST_SECOND * 1000 + 999 : LAST_SECOND)) {
      return "an event time after the year 9999";
    }
    return milliseconds && EpochTimes.looksLikeSeconds(time)
        ? "an event time that looks like seconds, not milliseconds"
        : "";
  }

  private boolean milliseconds() {
    return plan.timeUnit() == ImportPlan.TimeUnit.MILLISECONDS;
  }

  private Column raw() {
    return quoted(plan.timeColumn()).cast("bigint");
  }

  private static UDF1<Long, String> dayOfTime(ZoneId zone) {
    return time ->
        time == null ? null : Instant.ofEpochMilli(time).atZone(zone).toLocalDate().toString();
  }

  private static UDF1<String, String> dayOfText(String pattern) {
    return text -> {
      if (text == null) {
        return null;
      }
      try {
        return LocalDate.parse(text.strip(), DateTimeFormatter.ofPattern(pattern, Locale.ROOT))
            .toString();
      } catch (DateTimeParseException noDay) {
        return null;
      }
    };
  }
}
