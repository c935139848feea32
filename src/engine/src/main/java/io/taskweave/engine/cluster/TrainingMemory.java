package io.taskweave.engine.cluster;

import io.taskweave.core.error.ConfigurationException;
import java.util.Locale;
import org.apache.spark.SparkConf;

/**
 * Bytes that a training takes at its peak in its largest executor; in local mode that is the one
 * process.
 *
 * @param weights weights, gradients, accumulators, and what executors exchange
 * @param samples training samples; all of them, which take four times their size while they load,
 *     or what several chunks are bounded by
 * @param chunks of the samples; if there are several, they lie on disk
 * @param disk what chunks and the files of the shuffle that they come from take there
 * @param perSample what a training sample takes, its share of the histories included
 * @param validation validation samples
 * @param batches activations of the batches that train and are scored at once
 * @param dominance what measures which task moves what
 * @param stored what must stay in Spark's storage memory
 * @param heap of the executor
 * @param parameters number of weights
 * @param shared whether executor and driver are one process
 */
public record TrainingMemory(
    long weights,
    long samples,
    int chunks,
    long disk,
    double perSample,
    long validation,
    long batches,
    long dominance,
    long stored,
    long heap,
    long parameters,
    boolean shared) {
  /** What Spark sets aside for itself. */
  private static final long SPARK_BYTES = 300L << 20;

  private static final int LOADING_COPIES = 4;

  /** Rows on their way to chunks, in all threads. */
  private static final long LOADING_BYTES = 64L << 20;

  /**
   * Estimates before anything is loaded.
   *
   * @param weights bytes of weights, gradients and accumulators in one executor, exchange included
   * @param blocks what of them waits in Spark's storage for other executors
   * @param dominance bytes of what is measured of each task
   * @param parameters number of weights
   * @param activations work space of the model of one core
   * @param batchRows rows of a global batch
   * @param scoredRows rows that one core scores at once
   * @param cores of each executor
   * @param bound of the training samples
   * @param leastChunks that they are divided into, however much fits
   */
  public static TrainingMemory of(
      long weights,
      long blocks,
      long dominance,
      long parameters,
      ActivationMemory activations,
      SampleSize train,
      SampleSize validation,
      int batchRows,
      int scoredRows,
      int executors,
      int cores,
      SampleMemory bound,
      int leastChunks,
      SparkConf conf) {
    boolean shared = TrainingSettings.isLocal(conf.get("spark.master", ""));
    long all = train.bytes() / executors + Integer.BYTES * train.rows() / executors;
    int chunks = Math.max(leastChunks, bound.chunks(all));
    long samples = chunks == 1 ? all : Math.min(all, bound.bytes());
    return new TrainingMemory(
        weights,
        samples,
        chunks,
        chunks == 1 ? 0 : 2 * all,
        train.bytesPerSample(),
        validation.bytes() / executors,
        activations.trained().bytes(cores, batchRows / executors)
            + activations
                .scored()
                .bytes(cores, Math.min((long) cores * scoredRows, validation.rows())),
        dominance,
        blocks + (chunks == 1 ? samples : 0),
        shared
            ? Runtime.getRuntime().maxMemory()
            : conf.getSizeAsBytes("spark.executor.memory", "1g"),
        parameters,
        shared);
  }

  /** Bytes that the executor needs beside what Spark sets aside. */
  public long needed() {
    long loading = chunks == 1 ? LOADING_COPIES * samples : samples + LOADING_BYTES;
    return Math.max(loading, running());
  }

  /** Bytes that it needs once the samples are loaded. */
  public long running() {
    return weights + samples + validation + batches + dominance;
  }

  /** Bytes set aside for Spark and for what collections leave behind. */
  public long reserved() {
    return SPARK_BYTES;
  }

  /**
   * @param storageShare Spark's share of the heap for storage and execution together
   * @throws ConfigurationException if it cannot fit
   */
  public void check(double storageShare) {
    long room = (long) ((heap - SPARK_BYTES) * storageShare);
    if (needed() + SPARK_BYTES > heap || stored > room) {
      throw new ConfigurationException(
          "Cannot train: not enough memory ("
              + this
              + "), give "
              + (shared ? "the process a larger heap" : "executors more memory")
              + " or make tables or batches smaller, or let samples stream from disk"
              + " (training.sample-memory)");
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s needs %,d MiB, and %,d for Spark, of %,d: weights %,d (%,d bytes a parameter), training"
            + " samples %,d (%.1f bytes each%s), validation %,d, batches %,d, dominance %,d;"
            + " %,d MiB of it stored",
        shared ? "the process" : "an executor",
        mebibytes(needed()),
        mebibytes(reserved()),
        mebibytes(heap),
        mebibytes(weights),
        weights / Math.max(1, parameters),
        mebibytes(samples),
        perSample,
        chunks == 1
            ? ""
            : String.format(
                Locale.ROOT,
                "; %,d chunks stream from disk, where they take %,d",
                chunks,
                mebibytes(disk)),
        mebibytes(validation),
        mebibytes(batches),
        mebibytes(dominance),
        mebibytes(stored));
  }

  private static long mebibytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
