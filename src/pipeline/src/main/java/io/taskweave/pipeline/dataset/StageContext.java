package io.taskweave.pipeline.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.progress.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.WriteJobStatsTracker;

/** What a stage may use while it runs. */
public final class StageContext {
  private final SparkSession spark;
  private final Configuration configuration;
  private final Path dataFolder;
  private final Optional<Manifest> previous;
  private final Progress progress;

  StageContext(
      SparkSession spark,
      Configuration configuration,
      Path dataFolder,
      Optional<Manifest> previous,
      Progress progress) {
    this.spark = spark;
    this.configuration = configuration;
    this.dataFolder = dataFolder;
    this.previous = previous;
    this.progress = progress;
  }

  public SparkSession spark() {
    return Objects.requireNonNull(spark, "this runner has no Spark session");
  }

  public Configuration configuration() {
    return configuration;
  }

  /** An existing, empty folder of this attempt. Nobody reads it before the commit. */
  public Path dataFolder() {
    return dataFolder;
  }

  /** What the stage published last, if anything. */
  public Optional<Manifest> previous() {
    return previous;
  }

  public Progress progress() {
    return progress;
  }

  /**
   * Writes rows as Parquet into the data folder, by day if they have one, and describes what was
   * written.
   */
  public StageResult writeRows(Dataset<Row> rows, JsonNode summary) {
    return writeRows(rows, summary, Set.of(), Map.of());
  }

  /**
   * Writes rows as Parquet into the data folder, by day if they have one, and describes what was
   * written.
   *
   * @param replacedPartitions as in {@link StageResult}
   * @param parquet settings of the writer of the files
   * @param trackers that are shown the rows, day last
   */
  public StageResult writeRows(
      Dataset<Row> rows,
      JsonNode summary,
      Set<String> replacedPartitions,
      Map<String, String> parquet,
      WriteJobStatsTracker... trackers) {
    List<String> columns = new ArrayList<>(List.of(rows.columns()));
    boolean byDay = columns.remove(DataSet.PARTITION_COLUMN);
    if (byDay) {
      columns.add(DataSet.PARTITION_COLUMN);
    }
    Dataset<Row> dayLast =
        rows.select(columns.stream().map(PartitionContent::quoted).toArray(Column[]::new));
    Configuration written = spark().sessionState().newHadoopConf();
    parquet.forEach(written::set);
    return new StageResult(
        dayLast.schema().asNullable().json(),
        TrackedWrite.write(dayLast, byDay ? 1 : 0, dataFolder, written, trackers),
        summary,
        replacedPartitions);
  }

  /** Writes a text file in UTF-8 at a path relative to the data folder. */
  public void writeText(String relativePath, String text) {
    Path path = new Path(dataFolder, relativePath);
    try (OutputStream stream = path.getFileSystem(configuration).create(path, false)) {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot write " + path + ": " + failure.getMessage() + ", check space and permissions",
          failure);
    }
  }
}
