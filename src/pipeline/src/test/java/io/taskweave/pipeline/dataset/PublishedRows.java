package io.taskweave.pipeline.dataset;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.taskweave.core.progress.Progress;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Publishes given rows, as the stage would that a test leaves out. */
public final class PublishedRows implements Stage {
  private final String name;
  private final Dataset<Row> rows;
  private final Path output;
  private final String folder;
  private final List<String> partitions;

  private PublishedRows(
      String name, Dataset<Row> rows, Path output, String folder, List<String> partitions) {
    this.name = name;
    this.rows = rows;
    this.output = output;
    this.folder = folder;
    this.partitions = partitions;
  }

  /** A log, by day. */
  public static Path log(Dataset<Row> rows, Path output) {
    return publish(new PublishedRows("import", rows, output, "", List.of("dt")));
  }

  /** Samples, by day and split, without an encoder. */
  public static Path samples(Dataset<Row> rows, Path output) {
    return publish(new PublishedRows("features", rows, output, "samples", List.of("dt", "split")));
  }

  private static Path publish(PublishedRows stage) {
    new StageRunner(stage.rows.sparkSession(), Progress.NONE).run(stage, true);
    return stage.output;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of();
  }

  @Override
  public SortedMap<String, String> settings() {
    return new TreeMap<>();
  }

  @Override
  public StageResult run(StageContext context) {
    Path target = folder.isEmpty() ? context.dataFolder() : new Path(context.dataFolder(), folder);
    rows.write()
        .mode("append")
        .partitionBy(partitions.toArray(String[]::new))
        .parquet(target.toString());
    return StageResult.ofRows(
        context.spark().read().schema(rows.schema()).parquet(target.toString()),
        JsonNodeFactory.instance.objectNode());
  }
}
