package io.taskweave.engine.training;

import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;

/**
 * Consecutive streams of the training samples, in the memory of one executor: all of their samples,
 * which is one chunk, or those of one chunk of several. The order of a stream in an epoch is a
 * permutation by (seed, epoch, stream) of its rows sorted by sample id; step s of an epoch takes
 * the s-th part of it. A stream that is exhausted gives no rows.
 */
public final class StreamPartition implements SampleChunks {
  private static final long serialVersionUID = 1;

  private final SampleBlock block;
  private final int firstStream;
  private final int[] starts;
  private final long seed;
  private transient int orderedEpoch;
  private transient int[] order;

  /**
   * Takes rows that are sorted by stream.
   *
   * @param starts first row of each stream, and the number of rows at the end
   */
  StreamPartition(SampleBlock block, int firstStream, int[] starts, long seed) {
    this.block = block;
    this.firstStream = firstStream;
    this.starts = starts;
    this.seed = seed;
  }

  public SampleBlock block() {
    return block;
  }

  public int streams() {
    return starts.length - 1;
  }

  int longestStream() {
    return longest(starts);
  }

  static int longest(int[] starts) {
    int longest = 0;
    for (int i = 0; i + 1 < starts.length; i++) {
      longest = Math.max(longest, starts[i + 1] - starts[i]);
    }
    return longest;
  }

  @Override
  public Sizes sizes() {
    return new Sizes(
        block.rows(),
        block.bytes() + (long) Integer.BYTES * block.rows(),
        new int[] {longestStream()});
  }

  @Override
  public StreamPartition use(int epoch, int position) {
    return this;
  }

  @Override
  public StreamPartition look(int epoch, int position) {
    return this;
  }

  @Override
  public void close() {}

  /**
   * Rows of the given streams in a step.
   *
   * @param epoch from 1
   * @param step within the epoch, from 0
   * @param perStream rows that a batch takes of each stream
   */
  public SampleBatch batch(int epoch, int step, int perStream, int fromStream, int toStream) {
    int[] rows = order(epoch);
    SampleBatch batch = new SampleBatch(block, perStream * (toStream - fromStream));
    for (int stream = fromStream; stream < toStream; stream++) {
      long begin = starts[stream] + (long) step * perStream;
      long end = Math.min(starts[stream + 1], begin + perStream);
      for (long i = begin; i < end; i++) {
        batch.add(rows[(int) i]);
      }
    }
    return batch;
  }

  /**
   * Weights of labelled rows in every step of an epoch, task after task within a step, and the
   * number of rows behind them.
   */
  double[] weights(int epoch, int steps, int perStream) {
    int tasks = block.layout().tasks().size();
    double[] result = new double[steps * (tasks + 1)];
    double[] byTask = new double[tasks];
    for (int step = 0; step < steps; step++) {
      SampleBatch batch = batch(epoch, step, perStream, 0, streams());
      java.util.Arrays.fill(byTask, 0);
      LogLoss.addWeights(batch, byTask);
      System.arraycopy(byTask, 0, result, step * (tasks + 1), tasks);
      result[step * (tasks + 1) + tasks] = batch.count();
    }
    return result;
  }

  /** Finds the order of an epoch before its first step asks for it. */
  void prepare(int epoch) {
    order(epoch);
  }

  private synchronized int[] order(int epoch) {
    if (order == null || orderedEpoch != epoch) {
      int[] rows = new int[block.rows()];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = i;
      }
      long epochKey =
          CounterRandom.mix(CounterRandom.mix(seed, CounterRandom.hash("order")), epoch);
      for (int stream = 0; stream < streams(); stream++) {
        long key = CounterRandom.mix(epochKey, firstStream + stream);
        for (int i = starts[stream + 1] - 1; i > starts[stream]; i--) {
          int bound = i - starts[stream] + 1;
          int other =
              starts[stream] + (int) (CounterRandom.uniform(key, i - starts[stream]) * bound);
          int row = rows[i];
          rows[i] = rows[other];
          rows[other] = row;
        }
      }
      order = rows;
      orderedEpoch = epoch;
    }
    return order;
  }
}
