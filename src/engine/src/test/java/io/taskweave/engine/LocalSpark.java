package io.taskweave.engine;

import io.taskweave.engine.cluster.TrainingSettings;
import org.apache.spark.sql.SparkSession;

/** The one session of all tests of this module; it ends with their process. */
public final class LocalSpark {
  private static final String MASTER = "local[2]";
  private static final SparkSession SESSION = start();

  private LocalSpark() {}

  public static SparkSession session() {
    return SESSION;
  }

  private static SparkSession start() {
    SparkSession.Builder builder =
        SparkSession.builder()
            .master(MASTER)
            .config("spark.ui.enabled", "false")
            .config("spark.hadoop.fs.file.impl", FileSystemWithoutProcesses.class.getName())
            .config("spark.sql.shuffle.partitions", "4");
    TrainingSettings.pinned(MASTER, "2").forEach(builder::config);
    return builder.getOrCreate();
  }
}
