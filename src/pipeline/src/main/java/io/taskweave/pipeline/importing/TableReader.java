package io.taskweave.pipeline.importing;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.when;

import io.taskweave.core.error.InputRejectedException;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Reads tables of the input, and refuses what does not hold what it says. */
public final class TableReader {
  private static final String MALFORMED = "_taskweave_malformed";
  private static final int SHOWN_CHARACTERS = 200;

  private final SparkSession spark;

  public TableReader(SparkSession spark) {
    this.spark = spark;
  }

  /**
   * All rows of a file, a folder or a glob, with typed columns.
   *
   * @throws InputRejectedException if there is no such table, or it does not hold what the format
   *     says
   */
  public Dataset<Row> read(String path, TableFormat format) {
    return read(resolve(path, spark.sessionState().newHadoopConf()), format);
  }

  /** The files that a path or glob stands for; at least one. */
  static List<Path> resolve(String path, Configuration configuration) {
    try {
      Path pattern = new Path(path);
      FileSystem fileSystem = pattern.getFileSystem(configuration);
      FileStatus[] found = fileSystem.globStatus(pattern);
      if (found == null || found.length == 0) {
        throw new InputRejectedException(
            "Cannot read " + path + ": there is no such file or folder, check the path");
      }
      for (FileStatus status : found) {
        if (status.isDirectory()
            && fileSystem.listStatus(status.getPath(), TableReader::isData).length == 0) {
          throw new InputRejectedException(
              "Cannot read " + status.getPath() + ": the folder is empty, check the path");
        }
      }
      return Arrays.stream(found).map(FileStatus::getPath).sorted().toList();
    } catch (IOException failure) {
      throw rejected(path, failure);
    }
  }

  private static boolean isData(Path path) {
    return !path.getName().startsWith("_") && !path.getName().startsWith(".");
  }

  /** All rows with typed columns. Every cell has been checked when it returns. */
  Dataset<Row> read(List<Path> paths, TableFormat format) {
    String shown = paths.get(0).toString();
    return explained(
        shown,
        () -> {
          String[] names = paths.stream().map(Path::toString).toArray(String[]::new);
          return format.kind() == TableFormat.Kind.PARQUET
              ? parquet(names, format)
              : csv(names, format);
        });
  }

  private Dataset<Row> parquet(String[] paths, TableFormat format) {
    Dataset<Row> rows = spark.read().parquet(paths);
    requireColumns(paths[0], format, List.of(rows.columns()));
    for (TableColumn column : format.columns()) {
      String found =
          rows.schema().apply(column.name()).dataType().sql().toLowerCase(java.util.Locale.ROOT);
      if (!found.equals(column.type().sparkName())) {
        throw new InputRejectedException(
            String.format(
                "Cannot read %s: column %s is %s, not %s, correct the mapping",
                paths[0], column.name(), found, column.type().sparkName()));
      }
    }
    return rows;
  }

  private Dataset<Row> csv(String[] paths, TableFormat format) {
    DataFrameReader reader =
        spark
            .read()
            .option("sep", format.separator())
            .option("header", format.header())
            .option("encoding", "UTF-8")
            .option("escape", "\"")
            .option("mode", "PERMISSIVE");
    List<String> columns =
        format.header()
            ? List.of(reader.csv(paths).columns())
            : format.columns().stream().map(TableColumn::name).toList();
    requireColumns(paths[0], format, columns);
    StructType text = new StructType();
    for (String column : columns) {
      text = text.add(column, DataTypes.StringType);
    }
    Dataset<Row> raw =
        reader
            .schema(text.add(MALFORMED, DataTypes.StringType))
            .option("enforceSchema", false)
            .option("columnNameOfCorruptRecord", MALFORMED)
            .csv(paths);
    return typed(raw, columns, format);
  }

  private static void requireColumns(String path, TableFormat format, List<String> found) {
    for (TableColumn column : format.columns()) {
      if (!found.contains(column.name())) {
        throw new InputRejectedException(
            String.format(
                "Cannot read %s: it has no column %s (%s), correct the mapping",
                path, column.name(), String.join(", ", found)));
      }
    }
  }

  private static Dataset<Row> typed(Dataset<Row> raw, List<String> columns, TableFormat format) {
    Map<String, TableColumn.Type> types = new TreeMap<>();
    format.columns().forEach(column -> types.put(column.name(), column.type()));
    List<Column> selected = new ArrayList<>();
    Column problem = when(col(MALFORMED).isNotNull(), lit("another number of columns"));
    for (String name : columns) {
      TableColumn.Type type = types.getOrDefault(name, TableColumn.Type.STRING);
      Column cell = quoted(name);
      if (type == TableColumn.Type.STRING) {
        selected.add(cell);
        continue;
      }
      Column number = trim(cell).cast(type.sparkName());
      Column wrong = number.isNull();
      if (type != TableColumn.Type.DOUBLE) {
        // A cast alone would cut 1.5 down to 1.
        wrong = wrong.or(trim(cell).rlike("^[+-]?[0-9]+$").equalTo(false));
      }
      problem =
          problem.when(
              cell.isNotNull().and(wrong),
              concat_ws(
                  "",
                  lit("column " + name + " is not " + type.sparkName() + " ("),
                  cell,
                  lit(")")));
      selected.add(number.as(name));
    }
    Column line =
        concat_ws(
            format.separator(), columns.stream().map(TableReader::quoted).toArray(Column[]::new));
    List<Row> first =
        raw.select(input_file_name().as("file"), problem.as("problem"), line.as("line"))
            .filter(col("problem").isNotNull())
            .limit(1)
            .collectAsList();
    if (!first.isEmpty()) {
      Row row = first.get(0);
      String shown = row.getString(2);
      throw new InputRejectedException(
          String.format(
              "Cannot read %s: %s in row \"%s\", correct the file or the mapping",
              row.getString(0),
              row.getString(1),
              shown.substring(0, Math.min(shown.length(), SHOWN_CHARACTERS))));
    }
    return raw.select(selected.toArray(Column[]::new));
  }

  /** Runs Spark work on an input and says in one line why the input cannot be read. */
  static <T> T explained(String path, Supplier<T> work) {
    try {
      return work.get();
    } catch (InputRejectedException known) {
      throw known;
    } catch (Exception failure) {
      // Spark throws checked exceptions of Scala code undeclared, hence the wide catch.
      throw rejected(path, failure);
    }
  }

  private static RuntimeException rejected(String path, Exception failure) {
    boolean ofInput = failure instanceof IOException;
    Throwable root = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof EOFException || cause instanceof ZipException) {
        return new InputRejectedException(
            "Cannot read "
                + path
                + ": the compressed file is truncated or corrupt ("
                + cause.getMessage()
                + "), fetch it again",
            failure);
      }
      ofInput |=
          cause instanceof IOException
              || cause instanceof org.apache.spark.sql.AnalysisException
              || cause instanceof IllegalArgumentException;
      root = cause;
    }
    if (!ofInput && failure instanceof RuntimeException unexpected) {
      return unexpected;
    }
    String message = String.valueOf(root.getMessage()).lines().findFirst().orElse("");
    return new InputRejectedException(
        "Cannot read " + path + ": " + message + ", check the file and the mapping", failure);
  }

  static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
