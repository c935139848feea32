package io.taskweave.pipeline.validate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.when;

import io.taskweave.pipeline.dataset.DataSet;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What one pass over a log counts.
 *
 * @param rowsByDay rows by {@code dt}
 * @param broken rows that break each check
 * @param positives rows with each label 1
 * @param firstTime earliest event, epoch milliseconds
 * @param lastTime latest event, epoch milliseconds
 */
record DayCounts(
    SortedMap<String, Long> rowsByDay,
    List<Long> broken,
    List<Long> positives,
    OptionalLong firstTime,
    OptionalLong lastTime) {
  /** Counts everything in one aggregation; one row a day reaches the driver. */
  static DayCounts of(
      Dataset<Row> log, List<RowCheck> checks, List<String> labels, Optional<String> timeColumn) {
    List<Column> totals = new ArrayList<>();
    Column time = timeColumn.map(RowChecks::quoted).orElse(lit(null).cast("long"));
    totals.add(min(time));
    totals.add(max(time));
    checks.forEach(check -> totals.add(count(when(check.broken(), lit(1)))));
    labels.forEach(
        label -> totals.add(count(when(RowChecks.quoted(label).equalTo(lit(1)), lit(1)))));
    Column day = coalesce(RowChecks.quoted(DataSet.PARTITION_COLUMN).cast("string"), lit(""));

    SortedMap<String, Long> rowsByDay = new TreeMap<>();
    long[] sums = new long[checks.size() + labels.size()];
    OptionalLong first = OptionalLong.empty();
    OptionalLong last = OptionalLong.empty();
    for (Row row :
        log.groupBy(day).agg(count(lit(1)), totals.toArray(Column[]::new)).collectAsList()) {
      rowsByDay.put(row.getString(0), row.getLong(1));
      if (!row.isNullAt(2)) {
        first = OptionalLong.of(Math.min(first.orElse(Long.MAX_VALUE), row.getLong(2)));
        last = OptionalLong.of(Math.max(last.orElse(Long.MIN_VALUE), row.getLong(3)));
      }
      for (int i = 0; i < sums.length; i++) {
        sums[i] += row.getLong(4 + i);
      }
    }
    List<Long> all = java.util.Arrays.stream(sums).boxed().toList();
    return new DayCounts(
        rowsByDay,
        all.subList(0, checks.size()),
        all.subList(checks.size(), all.size()),
        first,
        last);
  }

  long rows() {
    return rowsByDay.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The first day, if the log has days at all. */
  Optional<LocalDate> firstDay() {
    return days().keySet().stream().findFirst();
  }

  /**
   * Days whose rows differ too much from the day before. A day without rows counts as 0; the day
   * after it has nothing to be compared with.
   */
  List<Finding> changes(double maximum) {
    List<Finding> findings = new ArrayList<>();
    TreeMap<LocalDate, Long> days = days();
    if (maximum <= 0 || days.isEmpty()) {
      return findings;
    }
    LocalDate end = days.lastKey();
    for (LocalDate day = days.firstKey().plusDays(1); !day.isAfter(end); day = day.plusDays(1)) {
      long before = days.getOrDefault(day.minusDays(1), 0L);
      long now = days.getOrDefault(day, 0L);
      double change = before == 0 ? 0 : (double) now / before - 1;
      if (Math.abs(change) > maximum) {
        findings.add(
            Finding.ofLog(
                "row-count-change",
                "",
                String.format(
                    Locale.ROOT,
                    "%s has %d rows, %+.0f percent against the %d of the day before (allowed %.0f)",
                    day,
                    now,
                    100 * change,
                    before,
                    100 * maximum)));
      }
    }
    return findings;
  }

  private TreeMap<LocalDate, Long> days() {
    TreeMap<LocalDate, Long> days = new TreeMap<>();
    rowsByDay.forEach(
        (day, rows) -> {
          try {
            days.put(LocalDate.parse(day), rows);
          } catch (DateTimeParseException noDay) {
            // The check of event times names its rows.
          }
        });
    return days;
  }
}
