package io.taskweave.pipeline;

import io.taskweave.pipeline.dataset.QuickLocalFileSystem;
import org.apache.spark.sql.SparkSession;

/** The one Spark session of this module's tests, with the settings of the embedded one. */
public final class LocalSpark {
  private static final SparkSession SESSION =
      SparkSession.builder()
          .master("local[2]")
          .config("spark.ui.enabled", false)
          .config("spark.driver.host", "127.0.0.1")
          .config("spark.driver.bindAddress", "127.0.0.1")
          .config("spark.sql.shuffle.partitions", 2)
          .config("spark.sql.session.timeZone", "UTC")
          .config("spark.sql.sources.partitionColumnTypeInference.enabled", false)
          .config("spark.hadoop.fs.file.impl", QuickLocalFileSystem.class.getName())
          .getOrCreate();

  private LocalSpark() {}

  public static SparkSession session() {
    return SESSION;
  }
}
