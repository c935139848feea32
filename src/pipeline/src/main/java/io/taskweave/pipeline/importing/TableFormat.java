package io.taskweave.pipeline.importing;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * How a table of the input is written.
 *
 * @param kind CSV (any separator, quotes doubled or escaped), JSON lines or Parquet
 * @param separator one character; for CSV only
 * @param header whether the first line names the columns; for CSV only
 * @param columns names and types of the columns, in the file's order if there is no header. With a
 *     header, columns that are not named here are read as strings; of JSON lines only the named
 *     ones are read.
 */
public record TableFormat(Kind kind, String separator, boolean header, List<TableColumn> columns)
    implements Serializable {
  /** File formats. */
  public enum Kind {
    CSV,
    JSON,
    PARQUET
  }

  public TableFormat {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(separator, "separator");
    columns = List.copyOf(columns);
  }

  public static TableFormat csv(List<TableColumn> columns) {
    return new TableFormat(Kind.CSV, ",", true, columns);
  }

  public static TableFormat tsv(List<TableColumn> columns) {
    return new TableFormat(Kind.CSV, "\t", true, columns);
  }

  /** One JSON object a line; single quotes will do. */
  public static TableFormat json(List<TableColumn> columns) {
    return new TableFormat(Kind.JSON, ",", false, columns);
  }

  public static TableFormat parquet() {
    return new TableFormat(Kind.PARQUET, ",", false, List.of());
  }
}
