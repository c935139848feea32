package io.taskweave.cli.command;

import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.importing.TableColumn;
import io.taskweave.pipeline.importing.TableFormat;
import io.taskweave.pipeline.importing.TableReader;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A table that a user names on the command line. */
record TableFile(Path path, Format format) {
  /** How the table is written. */
  enum Format {
    /** A data set that taskweave has published, such as a log. */
    DATASET,
    PARQUET,
    CSV,
    TSV;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * All rows.
   *
   * @param wholeNumbers columns of text files that hold whole numbers; all others hold texts
   */
  Dataset<Row> rows(TableReader reader, Set<String> wholeNumbers) {
    return switch (format) {
      case DATASET -> DataSet.open(path).rows(SparkSession.active());
      case PARQUET -> reader.read(path.toString(), TableFormat.parquet());
      case CSV -> reader.read(path.toString(), text(",", wholeNumbers));
      case TSV -> reader.read(path.toString(), text("\t", wholeNumbers));
    };
  }

  private static TableFormat text(String separator, Set<String> wholeNumbers) {
    List<TableColumn> columns =
        wholeNumbers.stream().map(name -> new TableColumn(name, TableColumn.Type.LONG)).toList();
    return new TableFormat(TableFormat.Kind.CSV, separator, true, columns);
  }
}
