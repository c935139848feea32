package io.taskweave.pipeline.dataset;

import io.taskweave.core.error.InputRejectedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** A published data set: exactly the files that its manifest lists. */
public final class DataSet {
  /** The column by which data sets are partitioned: a day as {@code yyyy-MM-dd}, a string. */
  public static final String PARTITION_COLUMN = "dt";

  private final Path path;
  private final Manifest manifest;
  private final Configuration configuration;

  DataSet(Path path, Manifest manifest, Configuration configuration) {
    this.path = path;
    this.manifest = manifest;
    this.configuration = configuration;
  }

  /** Opens a data set with the {@link #activeConfiguration}. */
  public static DataSet open(Path path) {
    return open(path, activeConfiguration());
  }

  /** The Hadoop settings of the active Spark session, or the defaults. */
  public static Configuration activeConfiguration() {
    scala.Option<SparkSession> active = SparkSession.getActiveSession();
    scala.Option<SparkSession> session =
        active.isDefined() ? active : SparkSession.getDefaultSession();
    return session.isDefined() ? session.get().sessionState().newHadoopConf() : new Configuration();
  }

  /**
   * Opens a data set.
   *
   * @throws InputRejectedException if there is none, or its manifest is corrupt
   */
  public static DataSet open(Path path, Configuration configuration) {
    Manifest manifest =
        Manifest.find(path, configuration)
            .orElseThrow(
                () ->
                    new InputRejectedException(
                        String.format(
                            "Cannot open data set %s: it has no %s, run the stage that writes it",
                            path, Manifest.FILE_NAME)));
    return new DataSet(path, manifest, configuration);
  }

  /** Whether a data set was ever committed there. */
  public static boolean exists(Path path, Configuration configuration) {
    return Manifest.find(path, configuration).isPresent();
  }

  public Path path() {
    return path;
  }

  public Manifest manifest() {
    return manifest;
  }

  /** The rows of all listed Parquet files, with {@code dt} as a string where there is one. */
  public Dataset<Row> rows(SparkSession spark) {
    return rows(spark, "");
  }

  /**
   * The rows of the listed Parquet files below a folder of the data, such as {@code samples}.
   *
   * @throws InputRejectedException if a listed file is gone
   */
  public Dataset<Row> rows(SparkSession spark, String folder) {
    if (manifest.schema().isEmpty()) {
      throw new InputRejectedException(
          "Cannot read rows of " + path + ": stage " + manifest.stage() + " publishes no rows");
    }
    verifyComplete();
    StructType schema = (StructType) DataType.fromJson(manifest.schema());
    TreeMap<String, List<String>> filesByBase = new TreeMap<>();
    for (DataFile file : manifest.files()) {
      String base = attemptOf(file) + (folder.isEmpty() ? "" : "/" + folder);
      if (file.path().startsWith(base + "/") && file.path().endsWith(".parquet")) {
        filesByBase
            .computeIfAbsent(base, ignored -> new ArrayList<>())
            .add(new Path(path, file.path()).toString());
      }
    }
    Dataset<Row> rows = null;
    for (var entry : filesByBase.entrySet()) {
      Dataset<Row> part =
          spark
              .read()
              .schema(schema)
              .option("basePath", new Path(path, entry.getKey()).toString())
              .parquet(entry.getValue().toArray(String[]::new));
      rows = rows == null ? part : rows.unionByName(part);
    }
    return rows == null ? spark.createDataFrame(List.of(), schema) : rows;
  }

  /**
   * A listed file by its path relative to the data, such as {@code encoder/features.json}.
   *
   * @throws InputRejectedException if the manifest does not list it
   */
  public Path file(String relativePath) {
    return manifest.files().stream()
        .filter(file -> file.path().equals(attemptOf(file) + "/" + relativePath))
        .map(file -> new Path(path, file.path()))
        .findFirst()
        .orElseThrow(
            () ->
                new InputRejectedException(
                    "Cannot find "
                        + relativePath
                        + " in "
                        + path
                        + ": its manifest does not list it"
                        + ", rerun stage "
                        + manifest.stage()));
  }

  /** Whether every listed file is there with its length. */
  boolean isComplete() {
    return firstMissing() == null;
  }

  private void verifyComplete() {
    DataFile missing = firstMissing();
    if (missing != null) {
      throw new InputRejectedException(
          String.format(
              "Cannot read %s: file %s is missing or has another length than %d, rerun stage %s"
                  + " with --force",
              path, missing.path(), missing.bytes(), manifest.stage()));
    }
  }

  private DataFile firstMissing() {
    try {
      FileSystem fileSystem = path.getFileSystem(configuration);
      for (DataFile file : manifest.files()) {
        Path location = new Path(path, file.path());
        FileStatus status = fileSystem.exists(location) ? fileSystem.getFileStatus(location) : null;
        if (status == null || status.getLen() != file.bytes()) {
          return file;
        }
      }
      return null;
    } catch (IOException failure) {
      throw new InputRejectedException(
          "Cannot read " + path + ": " + failure.getMessage() + ", check the path", failure);
    }
  }

  /** The first two parts of a listed path: {@code data/<attempt>}. */
  private static String attemptOf(DataFile file) {
    int end = file.path().indexOf('/', AttemptFolder.DATA.length() + 1);
    return file.path().substring(0, Math.max(end, 0));
  }
}
