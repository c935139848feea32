package io.taskweave.bench;

import io.taskweave.pipeline.dataset.QuickLocalFileSystem;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** Spark with the settings that the launcher gives it, in this process unless told otherwise. */
final class LocalSpark {
  private LocalSpark() {}

  static SparkSession open(Settings settings, Map<String, String> further) {
    return open(settings.threads(), settings.scratch(), further);
  }

  /**
   * @param scratch existing folder for Spark's files
   */
  static SparkSession open(int threads, Path scratch, Map<String, String> further) {
    SparkSession.Builder builder =
        SparkSession.builder()
            .appName("taskweave benchmark")
            .master("local[" + threads + "]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.hadoop.fs.file.impl", QuickLocalFileSystem.class.getName())
            .config("spark.sql.sources.parallelPartitionDiscovery.threshold", "10000")
            .config("spark.local.dir", scratch.resolve("spark").toString())
            .config("spark.sql.shuffle.partitions", "8")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.parquet.compression.codec", "zstd")
            .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false");
    further.forEach(builder::config);
    return builder.getOrCreate();
  }
}
