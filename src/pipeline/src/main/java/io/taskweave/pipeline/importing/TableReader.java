package io.taskweave.pipeline.importing;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.udf;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.pipeline.dataset.TaskFailure;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.apache.spark.sql.api.java.UDF2;
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
   * All rows of a file, a folder or a glob, with typed columns. A row that does not hold what the
   * format says fails the job that reads it, in a stage with an {@link InputRejectedException}.
   *
   * @throws InputRejectedException if there is no such table, or a column is missing
   */
  public Dataset<Row> read(String path, TableFormat format) {
    return read(resolve(path, spark.sessionState().newHadoopConf()), format);
  }

  /** The files that a path or glob stands for; at least one. */
  public static List<Path> resolve(String path, Configuration configuration) {
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

  /**
   * All rows with typed columns. A row that does not hold what the format says fails the job that
   * reads it; {@link #explained} finds the reason.
   */
  Dataset<Row> read(List<Path> paths, TableFormat format) {
    String shown = paths.get(0).toString();
    return explained(
        shown,
        () -> {
          String[] names = paths.stream().map(Path::toString).toArray(String[]::new);
          Dataset<Row> rows =
              switch (format.kind()) {
                case PARQUET -> parquet(names, format);
                case JSON -> json(names, format);
                case CSV -> csv(names, format);
              };
          return lastCategories(rows, format);
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

  private Dataset<Row> json(String[] paths, TableFormat format) {
    StructType schema = new StructType();
    for (TableColumn column : format.columns()) {
      schema = schema.add(column.name(), column.type().sparkName());
    }
    UDF2<String, String, Boolean> check =
        (file, line) -> {
          if (line == null) {
            return true;
          }
          throw new InputRejectedException(
              String.format(
                  "Cannot read %s: no JSON object with the declared columns in line \"%s\", correct"
                      + " the file or the mapping",
                  file, line.substring(0, Math.min(line.length(), SHOWN_CHARACTERS))));
        };
    return spark
        .read()
        .schema(schema.add(MALFORMED, DataTypes.StringType))
        .option("mode", "PERMISSIVE")
        .option("encoding", "UTF-8")
        .option("allowBackslashEscapingAnyCharacter", true)
        .option("columnNameOfCorruptRecord", MALFORMED)
        .json(paths)
        .where(udf(check, DataTypes.BooleanType).apply(input_file_name(), col(MALFORMED)))
        .drop(MALFORMED);
  }

  private static Dataset<Row> lastCategories(Dataset<Row> rows, TableFormat format) {
    Dataset<Row> result = rows;
    for (TableColumn column : format.columns()) {
      if (column.type() == TableColumn.Type.CATEGORY_PATHS) {
        Column last = udf(new LastCategory(), DataTypes.StringType).apply(quoted(column.name()));
        result = result.withColumn(column.name(), last);
      }
    }
    return result;
  }

  private Dataset<Row> csv(String[] paths, TableFormat format) {
    DataFrameReader reader =
        spark
            .read()
            .option("sep", format.separator())
            .option("header", format.header())
            .option("encoding", "UTF-8")
            .option("escape", "\"")
            .option("ignoreLeadingWhiteSpace", true)
            .option("ignoreTrailingWhiteSpace", true)
            .option("mode", "PERMISSIVE");
    List<String> columns =
        format.header()
            ? List.of(reader.csv(paths).columns())
            : format.columns().stream().map(TableColumn::name).toList();
    if (columns.isEmpty()) {
      throw new InputRejectedException(
          "Cannot read " + paths[0] + ": it holds no rows, not even a header, check the file");
    }
    requireColumns(paths[0], format, columns);
    Map<String, TableColumn.Type> types = new HashMap<>();
    format.columns().forEach(column -> types.put(column.name(), column.type()));
    List<TableColumn> typed =
        columns.stream()
            .map(name -> new TableColumn(name, types.getOrDefault(name, TableColumn.Type.STRING)))
            .toList();
    StructType schema = new StructType();
    for (TableColumn column : typed) {
      schema = schema.add(column.name(), column.type().sparkName());
    }
    Dataset<Row> raw =
        reader
            .schema(schema.add(MALFORMED, DataTypes.StringType))
            .option("enforceSchema", false)
            .option("columnNameOfCorruptRecord", MALFORMED)
            .csv(paths);
    CellCheck check = new CellCheck(format.separator(), typed);
    return raw.where(udf(check, DataTypes.BooleanType).apply(input_file_name(), col(MALFORMED)))
        .drop(MALFORMED);
  }

  private static void requireColumns(String path, TableFormat format, List<String> found) {
    for (TableColumn column : format.columns()) {
      if (!found.contains(column.name())) {
        throw new InputRejectedException(
            String.format(
                "Cannot read %s: it has no column %s (%s), add it or correct the mapping",
                path, column.name(), String.join(", ", found)));
      }
    }
  }

  /** Runs Spark work on an input and says in one line why the input cannot be read. */
  static <T> T explained(String path, Supplier<T> work) {
    try {
      return work.get();
    } catch (Exception failure) {
      // Spark throws checked exceptions of Scala code undeclared, hence the wide catch.
      throw rejected(path, failure);
    }
  }

  private static RuntimeException rejected(String path, Exception failure) {
    boolean ofInput = failure instanceof IOException;
    Throwable root = failure;
    Optional<InputRejectedException> refusal = TaskFailure.refusal(failure);
    if (refusal.isPresent()) {
      return refusal.get();
    }
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
