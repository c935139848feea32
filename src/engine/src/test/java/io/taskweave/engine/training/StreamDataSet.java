package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.feature.dataset.DistributedDataSet;
import com.intel.analytics.bigdl.dllib.feature.dataset.MiniBatch;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;

/** The streams as BigDL's optimizer sees them: one batch a task, chosen by the step. */
final class StreamDataSet implements DistributedDataSet<MiniBatch<Float>> {
  /** Epochs are the trainer's business; BigDL must not reach the end of one. */
  private static final int ENDLESS = 1 << 30;

  private final transient JavaRDD<StreamPartition> streams;
  private final int partitions;
  private final int batchSize;
  private final long seed;
  private boolean cached;

  StreamDataSet(JavaRDD<StreamPartition> streams, int batchSize, long seed) {
    DistributedDataSet.$init$(this);
    this.streams = streams;
    this.partitions = streams.getNumPartitions();
    this.batchSize = batchSize;
    this.seed = seed;
  }

  @Override
  public RDD<MiniBatch<Float>> data(boolean train) {
    return train
        ? steps(streams, batchSize / partitions, partitions, seed).rdd()
        : counts(streams, ENDLESS / partitions).rdd();
  }

  private static JavaRDD<MiniBatch<Float>> steps(
      JavaRDD<StreamPartition> streams, int size, int partitions, long seed) {
    return streams.map(
        partition -> StepBatch.of(partition, SentStep.received(), size, partitions, seed));
  }

  private static JavaRDD<MiniBatch<Float>> counts(JavaRDD<StreamPartition> streams, int size) {
    return streams.map(partition -> StepBatch.count(size));
  }

  @Override
  public void shuffle() {}

  @Override
  public long size() {
    return ENDLESS;
  }

  @Override
  public RDD<?> originRDD() {
    return streams.rdd();
  }

  @Override
  public boolean isCached() {
    return cached;
  }

  @Override
  public void isCached_$eq(boolean value) {
    cached = value;
  }
}
