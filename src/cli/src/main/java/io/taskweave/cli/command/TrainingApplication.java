package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.SparkConfiguration;
import io.taskweave.engine.cluster.NativeLibraries;
import io.taskweave.engine.cluster.TrainingSettings;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** A Spark application with the settings that training pins. */
final class TrainingApplication implements AutoCloseable {
  private static final String MASTER = "spark.master";
  private static final String EXECUTOR_CORES = "spark.executor.cores";

  private final SparkSession spark;

  TrainingApplication(PipelineConfiguration configuration) {
    // Before Spark, which would look for its own files in the same folder and exit.
    NativeLibraries.load();
    spark = EmbeddedSpark.open("train", settings(configuration, new SparkConf()));
  }

  SparkSession spark() {
    return spark;
  }

  String master() {
    return spark.sparkContext().master();
  }

  /**
   * @param submitted what spark-submit has set; without a master where Spark is to be embedded
   */
  private static SparkConfiguration settings(
      PipelineConfiguration configuration, SparkConf submitted) {
    SparkConfiguration spark = configuration.spark();
    String master =
        TrainingSettings.master(
            submitted.get(MASTER, spark.master()),
            Runtime.getRuntime().availableProcessors(),
            configuration.features().streams());
    SortedMap<String, String> settings = new TreeMap<>(spark.settings());
    String cores = submitted.get(EXECUTOR_CORES, settings.getOrDefault(EXECUTOR_CORES, "1"));
    settings.putAll(TrainingSettings.pinned(master, cores));
    settings.put(MASTER, master);
    return new SparkConfiguration(
        master,
        spark.shufflePartitions(),
        spark.progressInterval(),
        spark.maxPartitionBytes(),
        settings);
  }

  @Override
  public void close() {
    EmbeddedSpark.close(spark);
  }
}
