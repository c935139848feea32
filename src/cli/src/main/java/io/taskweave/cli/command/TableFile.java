package io.taskweave.cli.command;

import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.importing.TableFormat;
import io.taskweave.pipeline.importing.TableReader;
import java.util.List;
import java.util.Locale;
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

  /** All rows; those of text files have text columns only. */
  Dataset<Row> rows(TableReader reader) {
    return switch (format) {
      case DATASET -> DataSet.open(path).rows(SparkSession.active());
      case PARQUET -> reader.read(path.toString(), TableFormat.parquet());
      case CSV -> reader.read(path.toString(), text(","));
      case TSV -> reader.read(path.toString(), text("\t"));
    };
  }

  private static TableFormat text(String separator) {
    return new TableFormat(TableFormat.Kind.CSV, separator, true, List.of());
  }
}
