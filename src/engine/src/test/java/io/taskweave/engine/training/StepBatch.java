package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.feature.dataset.MiniBatch;
import com.intel.analytics.bigdl.dllib.feature.dataset.Sample;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.dllib.tensor.TensorNumericMath.TensorNumeric;
import io.taskweave.core.random.CounterRandom;
import scala.collection.Seq;

/** One partition's part of a batch; a slice is the part of one thread. */
final class StepBatch implements MiniBatch<Float> {
  private static final long serialVersionUID = 1;

  private final transient StreamPartition partition;
  private final transient StepProperties step;
  private final transient MicroBatch micro;
  private final int size;
  private final int partitions;
  private final long seed;

  private StepBatch(
      StreamPartition partition,
      StepProperties step,
      MicroBatch micro,
      int size,
      int partitions,
      long seed) {
    MiniBatch.$init$(this);
    this.partition = partition;
    this.step = step;
    this.micro = micro;
    this.size = size;
    this.partitions = partitions;
    this.seed = seed;
  }

  static StepBatch of(
      StreamPartition partition, StepProperties step, int size, int partitions, long seed) {
    return new StepBatch(partition, step, null, size, partitions, seed);
  }

  /** Tells BigDL a number of records and holds none. */
  static StepBatch count(int size) {
    return new StepBatch(null, null, null, size, 1, 0);
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public StepBatch slice(int offset, int length) {
    int clones = size / length;
    int clone = (offset - 1) / length;
    int from = clone * partition.streams() / clones;
    int to = (clone + 1) * partition.streams() / clones;
    float[] factors = new float[step.weightByTask().length];
    for (int task = 0; task < factors.length; task++) {
      double weight = step.weightByTask()[task];
      // BigDL divides the sum over all clones by their number, which is taken back here.
      factors[task] =
          weight > 0 ? (float) (step.lossWeights()[task] * clones * partitions / weight) : 0;
    }
    long key =
        CounterRandom.mix(CounterRandom.mix(seed, CounterRandom.hash("dropout")), step.step());
    MicroBatch part =
        new MicroBatch(
            partition.batch(step.epoch(), step.stepInEpoch(), size / partition.streams(), from, to),
            key,
            factors);
    return new StepBatch(partition, step, part, length, partitions, seed);
  }

  @Override
  public Activity getInput() {
    return micro;
  }

  @Override
  public Activity getTarget() {
    return micro;
  }

  @Override
  public MiniBatch<Float> set(Seq<Sample<Float>> samples, TensorNumeric<Float> numeric) {
    throw new UnsupportedOperationException("Cannot set the samples of a step");
  }
}
