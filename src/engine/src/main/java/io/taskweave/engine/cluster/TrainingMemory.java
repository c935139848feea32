package io.taskweave.engine.cluster;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.parameter.GradientSlots;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.OptimizerSpec;
import java.util.Locale;
import org.apache.spark.SparkConf;

/**
 * Bytes that a training takes at its peak in its largest executor; in local mode that is the one
 * process, which holds the driver's share as well.
 *
 * @param weights weights, a gradient a core, moments, and the copies that BigDL exchanges
 * @param samples training samples; while they load they take four times their size
 * @param perSample what a training sample takes, its share of the histories included
 * @param validation validation samples
 * @param batches activations of the batches that train and are scored at once
 * @param dominance what measures which task moves what
 * @param driver the driver's copies of the weights
 * @param stored what must stay in Spark's storage memory
 * @param heap of the executor
 * @param driverHeap of the driver
 * @param parameters number of weights
 * @param shared whether executor and driver are one process
 */
public record TrainingMemory(
    long weights,
    long samples,
    double perSample,
    long validation,
    long batches,
    long dominance,
    long driver,
    long stored,
    long heap,
    long driverHeap,
    long parameters,
    boolean shared) {
  /** What Spark sets aside for itself. */
  private static final long SPARK_BYTES = 300L << 20;

  private static final int LOADING_COPIES = 4;

  /** The activation and its gradient: layers make room for both, whether they train or score. */
  private static final int FLOATS_PER_ACTIVATION = 2;

  /**
   * Estimates before anything is loaded.
   *
   * @param slots places of the weights, with a part for each executor
   * @param batchRows rows of a global batch
   * @param scoredRows rows that one core scores at once
   * @param cores of each
   * @param dominance bytes that measuring it takes in each executor
   */
  public static TrainingMemory of(
      SlotLayout slots,
      OptimizerSpec optimizer,
      SampleLayout layout,
      SampleSize train,
      SampleSize validation,
      int batchRows,
      int scoredRows,
      int cores,
      long dominance,
      SparkConf conf) {
    int executors = slots.slots().parts();
    long vector = (long) Float.BYTES * slots.slots().size();
    long partwise = (3 * vector + accumulated(slots.slots(), optimizer)) / executors;
    boolean shared = TrainingSettings.isLocal(conf.get("spark.master", ""));
    long ownHeap = Runtime.getRuntime().maxMemory();
    // Weights, gradients, the broadcast, blocks that go out and that come in, validation; of its
    // part: weight, gradient, published weight and what the rule accumulates. Each core computes
    // gradients with slots apart, before it spreads them.
    long weights = vector * (cores + 5) + partwise + cores * apart(slots.slots());
    long stored = vector * (cores + 2) + partwise;
    long samples = train.bytes() / executors + Integer.BYTES * train.rows() / executors;
    return new TrainingMemory(
        weights,
        samples,
        train.bytesPerSample(),
        validation.bytes() / executors,
        batches(
            slots.parameters(),
            layout,
            batchRows / executors,
            Math.min((long) cores * scoredRows, validation.rows())),
        dominance,
        // Initial values, BigDL's model with its gradient, collected weights.
        vector * 4,
        stored + samples,
        shared ? ownHeap : conf.getSizeAsBytes("spark.executor.memory", "1g"),
        ownHeap,
        slots.slots().weights(),
        shared);
  }

  /**
   * Estimates for an engine that keeps weights outside Spark's storage and exchanges none with the
   * driver.
   *
   * @param weights bytes of weights, gradients and accumulators in one executor, exchange included
   * @param blocks what of them waits in Spark's storage for other executors
   * @param dominance bytes of what is measured of each task
   * @param batchRows rows of a global batch
   * @param scoredRows rows that one core scores at once
   * @param cores of each executor
   */
  public static TrainingMemory of(
      long weights,
      long blocks,
      long dominance,
      ParameterLayout parameters,
      SampleLayout layout,
      SampleSize train,
      SampleSize validation,
      int batchRows,
      int scoredRows,
      int executors,
      int cores,
      SparkConf conf) {
    boolean shared = TrainingSettings.isLocal(conf.get("spark.master", ""));
    long ownHeap = Runtime.getRuntime().maxMemory();
    long samples = train.bytes() / executors + Integer.BYTES * train.rows() / executors;
    return new TrainingMemory(
        weights,
        samples,
        train.bytesPerSample(),
        validation.bytes() / executors,
        batches(
            parameters,
            layout,
            batchRows / executors,
            Math.min((long) cores * scoredRows, validation.rows())),
        dominance,
        0,
        blocks + samples,
        shared ? ownHeap : conf.getSizeAsBytes("spark.executor.memory", "1g"),
        ownHeap,
        parameters.size(),
        shared);
  }

  private static long accumulated(GradientSlots slots, OptimizerSpec optimizer) {
    long each = optimizer.perTask() ? slots.tasks() : 1;
    long elements = slots.shared() * each + slots.single();
    return Float.BYTES * elements * optimizer.rule().accumulators().size();
  }

  private static long apart(GradientSlots slots) {
    return slots.tasks() == 1 ? 0 : (long) Float.BYTES * slots.tasks() * slots.shared();
  }

  private static long batches(
      ParameterLayout parameters, SampleLayout layout, long trainedRows, long scoredRows) {
    return (trainedRows + scoredRows)
        * activations(parameters, layout)
        * FLOATS_PER_ACTIVATION
        * Float.BYTES;
  }

  /** Outputs of all layers for one sample: one an element of each bias, and the embeddings. */
  private static long activations(ParameterLayout parameters, SampleLayout layout) {
    long dense = 0;
    long widest = 0;
    long tables = 0;
    for (Parameter parameter : parameters.parameters()) {
      int[] shape = parameter.shape();
      if (parameter.isTable()) {
        widest = Math.max(widest, shape[1]);
        tables++;
      } else if (parameter.name().endsWith("/bias")) {
        dense += parameter.size();
      }
    }
    return dense + widest * Math.max(tables, layout.fields().size());
  }

  /** Bytes that the executor needs beside what Spark sets aside. */
  public long needed() {
    long loading = LOADING_COPIES * samples;
    long running = weights + samples + validation + batches + dominance;
    return Math.max(loading, running) + (shared ? driver : 0);
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
    if (needed() + SPARK_BYTES > heap
        || stored > room
        || (!shared && SPARK_BYTES + driver > driverHeap)) {
      throw new ConfigurationException(
          "Cannot train: not enough memory ("
              + this
              + "), give "
              + (shared ? "the process a larger heap" : "executors and driver more memory")
              + " or make tables or batches smaller");
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s needs %,d MiB, and %,d for Spark, of %,d: weights %,d (%,d bytes a parameter), training"
            + " samples %,d (%.1f bytes each), validation %,d, batches %,d, dominance %,d,"
            + " driver %,d; %,d MiB of it stored",
        shared ? "the process" : "an executor",
        mebibytes(needed()),
        mebibytes(reserved()),
        mebibytes(heap),
        mebibytes(weights),
        weights / Math.max(1, parameters),
        mebibytes(samples),
        perSample,
        mebibytes(validation),
        mebibytes(batches),
        mebibytes(dominance),
        mebibytes(driver),
        mebibytes(stored));
  }

  private static long mebibytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
