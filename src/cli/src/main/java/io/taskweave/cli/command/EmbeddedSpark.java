package io.taskweave.cli.command;

import io.taskweave.cli.configuration.ConfigurationLoader;
import io.taskweave.cli.configuration.SparkConfiguration;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.dataset.QuickLocalFileSystem;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkContext$;
import org.apache.spark.sql.SparkSession;

/** Opens the Spark session: spark-submit's where there is one, else one on the machine's cores. */
final class EmbeddedSpark {
  private static final String DEFAULTS = "conf/spark-defaults.conf";

  /** One and a half times what Spark reserves for itself; it starts with no less. */
  private static final long SMALLEST_HEAP = 450L << 20;

  private static final Duration LONGEST_STOP = Duration.ofMinutes(1);
  private static final long POLL_MILLIS = 20;

  /** A process has one at a time; null once it was closed here before it stopped. */
  private static volatile SparkContext opened;

  private EmbeddedSpark() {}

  static SparkSession open(String application, SparkConfiguration configuration) {
    SparkConf conf = new SparkConf().setAppName("taskweave " + application);
    boolean submitted = conf.contains("spark.master");
    if (!submitted) {
      requireHeap(Runtime.getRuntime().maxMemory());
      conf.setMaster(configuration.master());
      conf.set("spark.ui.enabled", "false");
      conf.set("spark.driver.host", "127.0.0.1");
      conf.set("spark.driver.bindAddress", "127.0.0.1");
      conf.set("spark.hadoop.fs.file.impl", QuickLocalFileSystem.class.getName());
      // Local files are listed faster than a job that lists them starts.
      conf.set("spark.sql.sources.parallelPartitionDiscovery.threshold", "10000");
      defaults().forEach((key, value) -> conf.set(key.toString(), value.toString().trim()));
    }
    conf.set("spark.sql.shuffle.partitions", Integer.toString(configuration.shufflePartitions()));
    conf.set("spark.sql.files.maxPartitionBytes", Long.toString(configuration.maxPartitionBytes()));
    conf.set("spark.sql.session.timeZone", "UTC");
    configuration.settings().forEach(conf::set);
    SparkSession session = SparkSession.builder().config(conf).getOrCreate();
    opened = session.sparkContext();
    return session;
  }

  /** Whether the session that was opened last has stopped and nobody here has asked it to. */
  static boolean hasStoppedByItself() {
    SparkContext context = opened;
    return context != null && context.isStopped();
  }

  /**
   * Stops Spark, or waits until it has stopped where it does so of itself: before that no other one
   * starts.
   */
  static void close(SparkSession session) {
    SparkContext context = session.sparkContext();
    if (!context.isStopped()) {
      opened = null;
    }
    session.close();
    long end = System.nanoTime() + LONGEST_STOP.toNanos();
    while (SparkContext$.MODULE$.getActive().contains(context) && System.nanoTime() < end) {
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  static void requireHeap(long bytes) {
    if (bytes < SMALLEST_HEAP) {
      throw new ConfigurationException(
          String.format(
              Locale.ROOT,
              "Cannot start Spark: the heap is too small (%d MiB), set TASKWEAVE_HEAP to 600m or more",
              bytes >> 20));
    }
  }

  private static Properties defaults() {
    Properties properties = new Properties();
    Path file = ConfigurationLoader.locate(DEFAULTS);
    if (Files.isRegularFile(file)) {
      try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        properties.load(reader);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return properties;
  }
}
