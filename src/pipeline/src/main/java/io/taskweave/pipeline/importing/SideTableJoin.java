package io.taskweave.pipeline.importing;

import static io.taskweave.pipeline.importing.TableReader.quoted;
import static org.apache.spark.sql.functions.col;

import io.taskweave.core.error.InputRejectedException;
import java.time.LocalDate;
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

  /** Refuses a table that may hold what happened after the labels; before anything is read. */
  void requireAsOf() {
    String asOf =
        table
            .asOf()
            .orElseThrow(
                () ->
                    refused(
                        "it declares no as-of and may hold what happened after the labels, declare"
                            + " as-of (a day, or static) or leave it out"));
    if (!asOf.equals(SideTable.STATIC)) {
      try {
        LocalDate.parse(asOf);
      } catch (DateTimeParseException wrong) {
        throw new InputRejectedException(
            String.format(
                "Cannot join %s: as-of is not a day (%s), write yyyy-MM-dd or static",
                table.path(), asOf),
            wrong);
      }
    }
  }

  /** Refuses a table that knows the log's first day. */
  void requireBefore(String firstDay) {
    String asOf = table.asOf().orElse("");
    if (!asOf.equals(SideTable.STATIC) && asOf.compareTo(firstDay) >= 0) {
      throw refused(
          String.format(
              "its as-of (%s) covers labels of the log, which begins on %s, take an earlier table",
              asOf, firstDay));
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
    if (!present.contains(table.key())) {
      throw refused("the log has no column " + table.key() + ", correct the mapping");
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
    return log.join(distinct, new String[] {table.key()}, "left");
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
