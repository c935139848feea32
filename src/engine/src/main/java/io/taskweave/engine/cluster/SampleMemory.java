package io.taskweave.engine.cluster;

import io.taskweave.core.error.ConfigurationException;
import java.io.Serializable;
import java.util.Locale;

/**
 * What the training samples of an executor may take of its memory. Samples that do not fit are
 * divided into chunks, of which two are in memory at a time: one that trains and the next.
 *
 * @param bytes of each executor
 */
public record SampleMemory(long bytes) implements Serializable {
  public static final SampleMemory UNBOUNDED = new SampleMemory(Long.MAX_VALUE);

  /** More would leave a chunk few samples, and loading many small writes. */
  static final int MOST_CHUNKS = 1000;

  /** Share of the bound that a chunk of mean size takes: a half, less what chunks differ by. */
  private static final double MEAN_CHUNK = 0.4;

  /**
   * Number of chunks, 1 for samples that are all in memory.
   *
   * @param samples bytes of the samples of an executor, on average
   * @throws ConfigurationException if there would be too many
   */
  public int chunks(long samples) {
    if (samples <= bytes) {
      return 1;
    }
    double chunks = Math.ceil(samples / (MEAN_CHUNK * bytes));
    if (chunks > MOST_CHUNKS) {
      throw new ConfigurationException(
          String.format(
              Locale.ROOT,
              "Cannot train: the samples of an executor, %,d KiB, would be divided into more than"
                  + " %,d chunks (training.sample-memory is %,d KiB), set training.sample-memory to"
                  + " at least %,dk",
              kibibytes(samples),
              MOST_CHUNKS,
              kibibytes(bytes),
              kibibytes((long) (samples / (MEAN_CHUNK * MOST_CHUNKS)))));
    }
    return (int) chunks;
  }

  /**
   * @param chunk bytes of a chunk in one executor
   * @throws ConfigurationException if two of this size do not fit
   */
  public void check(long chunk) {
    if (chunk > bytes / 2) {
      throw new ConfigurationException(
          String.format(
              Locale.ROOT,
              "Cannot train: a chunk of the samples takes %,d KiB and two must fit into"
                  + " training.sample-memory (%,d KiB), set it to at least %,dk; samples of one user"
                  + " that see a history stay in one chunk",
              kibibytes(chunk),
              kibibytes(bytes),
              kibibytes(2 * chunk)));
    }
  }

  private static long kibibytes(long bytes) {
    return (bytes + 1023) >> 10;
  }
}
