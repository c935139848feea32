package io.taskweave.cli.configuration;

import java.time.Duration;
import java.util.SortedMap;

/**
 * How Spark is started when nobody else starts it.
 *
 * @param master of the embedded session
 * @param progressInterval between two lines where there is no terminal
 * @param settings further Spark settings by their own names
 */
public record SparkConfiguration(
    String master,
    int shufflePartitions,
    Duration progressInterval,
    long maxPartitionBytes,
    SortedMap<String, String> settings) {
  static final String MASTER = "master";
  static final String MASTER_DEFAULT = "local[*]";
  static final String SHUFFLE_PARTITIONS = "shuffle-partitions";
  static final int SHUFFLE_PARTITIONS_DEFAULT = 8;
  static final String PROGRESS_INTERVAL = "progress-interval";
  static final Duration PROGRESS_INTERVAL_DEFAULT = Duration.ofSeconds(10);
  static final String MAX_PARTITION_BYTES = "max-partition-bytes";
  static final long MAX_PARTITION_BYTES_DEFAULT = 64L << 20;
  static final String SETTINGS = "settings";

  static SparkConfiguration read(Section section) {
    return new SparkConfiguration(
        section.text(MASTER, MASTER_DEFAULT),
        section.integer(SHUFFLE_PARTITIONS, SHUFFLE_PARTITIONS_DEFAULT, 1),
        section.duration(PROGRESS_INTERVAL, PROGRESS_INTERVAL_DEFAULT),
        section.bytes(MAX_PARTITION_BYTES, MAX_PARTITION_BYTES_DEFAULT),
        section.leaves(SETTINGS));
  }
}
