package io.taskweave.pipeline.importing;

import static io.taskweave.pipeline.importing.TableReader.quoted;
import static org.apache.spark.sql.functions.col;

import io.taskweave.core.error.InputRejectedException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Joins one side table to the log, if it is honest about what it knows. */
final class SideTableJoin {
  private final SideTable table;

  SideTableJoin(SideTable table) {
    this.table = table;
  }

  /** Refuses a table that does not say what it knows; before anything is read. */
  AsOf requireAsOf() {
    String text =
        table
            .asOf()
            .orElseThrow(
                () ->
                    refused(
                        "it declares no as-of and may hold what happened after the labels, declare"
                            + " as-of (a day, an instant, or static) or leave it out"));
    AsOf asOf;
    try {
      asOf = new AsOf(text);
    } catch (DateTimeParseException wrong) {
      throw refused(
          "as-of is not a day or an instant ("
              + text
              + "), write yyyy-MM-dd, such as 2022-04-24, 2022-04-24T16:00:00Z or static");
    }
    if (asOf.isStatic() && KnownLayouts.countsBehaviour(table.path())) {
      throw refused(
          "it counts what users did in the whole period of the log, its labels included, so it is"
              + " not static; take counts that end before the log and declare their day as as-of,"
              + " or leave it out");
    }
    return asOf;
  }

  /** Refuses a table that knows the log's first day, which begins in the zone. */
  void requireBefore(String firstDay, ZoneId zone) {
    AsOf asOf = requireAsOf();
    if (asOf.covers(LocalDate.parse(firstDay), zone)) {
      throw refused(
          String.format(
              "its as-of (%s) covers labels of the log, which begins on %s, take an earlier table",
              asOf.text(), firstDay));
    }
  }

  /** The log with the columns of the table, null where the key is unknown. */
  Dataset<Row> join(Dataset<Row> log, Dataset<Row> side) {
    List<String> found = List.of(side.columns());
    List<String> wanted =
        table.columns().isEmpty()
            ? found.stream().filter(name -> !name.equals(table.key())).toList()
            : table.columns();
    requireColumn(found, table.key());
    wanted.forEach(name -> requireColumn(found, name));
    List<String> present = List.of(log.columns());
    if (!present.contains(table.logKey())) {
      throw refused("the log has no column " + table.logKey() + ", correct the mapping");
    }
    for (String name : wanted) {
      if (present.contains(name)) {
        throw refused("the log has a column " + name + " already, choose the columns to join");
      }
    }
    Column[] selected =
        Stream.concat(Stream.of(table.key()), wanted.stream())
            .map(TableReader::quoted)
            .toArray(Column[]::new);
    Dataset<Row> distinct = side.select(selected).where(quoted(table.key()).isNotNull()).distinct();
    List<Row> repeated =
        distinct.groupBy(quoted(table.key())).count().filter(col("count").gt(1)).takeAsList(1);
    if (!repeated.isEmpty()) {
      throw refused(
          String.format(
              "key %s is not unique (%s), keep one row of each",
              table.key(), repeated.get(0).get(0)));
    }
    return log.join(
        distinct.withColumnRenamed(table.key(), table.logKey()),
        new String[] {table.logKey()},
        "left");
  }

  private void requireColumn(List<String> found, String name) {
    if (!found.contains(name)) {
      throw refused("it has no column " + name + ", correct the mapping");
    }
  }

  private InputRejectedException refused(String reason) {
    return new InputRejectedException("Cannot join " + table.path() + ": " + reason);
  }
}
