package io.taskweave.engine.sharded;

import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.engine.training.StepProperties;
import io.taskweave.engine.training.StreamPartition;
import io.taskweave.engine.training.TrainingPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Everything that one executor keeps between steps: shards of rows, dense parameters, and the
 * threads' work space. With one executor a step needs nothing from elsewhere, so threads reach into
 * each other's shards, and many steps run in one task.
 */
final class ExecutorState implements AutoCloseable {
  private final ShardedPlan plan;
  private final List<RowLayout> tables;
  private final DenseLayout denseLayout;
  private final DensePart dense;
  private final RateHistory rates;
  private final List<RowShard> shards = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();
  private final Threads threads;
  private int stepsDone;

  /** The state before the first step. */
  ExecutorState(ShardedPlan plan) {
    this(plan, new RateHistory(), 0);
    if (plan.updates() == RowUpdates.DENSE) {
      threads.run(thread -> shards.get(thread).createAll());
    }
  }

  /** A state without rows, to be filled from a checkpoint. */
  ExecutorState(ShardedPlan plan, RateHistory rates, int stepsDone) {
    TrainingPlan training = plan.training();
    this.plan = plan;
    this.rates = rates;
    this.stepsDone = stepsDone;
    this.tables = plan.tables();
    this.denseLayout = new DenseLayout(plan.parameters(), tables, plan.gradientsApart());
    this.dense = new DensePart(denseLayout, plan);
    this.threads = new Threads(plan.cores());
    for (int thread = 0; thread < plan.cores(); thread++) {
      shards.add(new RowShard(thread, plan, tables, rates));
      workers.add(
          new Worker(
              training.model(),
              training.layout(),
              tables,
              denseLayout,
              dense.weights(),
              plan.shards()));
    }
  }

  int stepsDone() {
    return stepsDone;
  }

  List<RowLayout> tables() {
    return tables;
  }

  DenseLayout denseLayout() {
    return denseLayout;
  }

  DensePart dense() {
    return dense;
  }

  List<RowShard> shards() {
    return shards;
  }

  /** A shard by its number among all executors' shards; null if it lies in another executor. */
  RowShard ownShard(int shard) {
    return shard < shards.size() ? shards.get(shard) : null;
  }

  RateHistory rates() {
    return rates;
  }

  ShardedPlan plan() {
    return plan;
  }

  /** Runs one step and gives the sums of its losses, one a task. */
  double[] step(StreamPartition samples, StepProperties properties) {
    TrainingPlan training = plan.training();
    int step = Math.toIntExact(properties.step());
    rates.add(step, properties.learningRate());
    long key =
        CounterRandom.mix(CounterRandom.mix(training.seed(), CounterRandom.hash("dropout")), step);
    float[] factors = factors(properties);
    int perStream = training.batchSize() / training.streams();
    threads.run(thread -> begin(samples, properties, perStream, thread));
    threads.run(owner -> serve(owner, step));
    threads.run(thread -> workers.get(thread).compute(key, factors));
    threads.run(thread -> merge(thread));
    dense.addDecay();
    float[] clipped = clippingFactors();
    dense.shrink(properties.learningRate());
    threads.run(
        thread -> {
          shards.get(thread).update(step, properties.learningRate(), clipped);
          dense.update(thread, threads.count(), step, properties.learningRate(), clipped);
        });
    stepsDone = step;
    double[] losses = new double[training.layout().tasks().size()];
    for (Worker worker : workers) {
      for (int task = 0; task < losses.length; task++) {
        losses[task] += worker.lossByTask()[task];
      }
    }
    return losses;
  }

  private static float[] factors(StepProperties properties) {
    float[] factors = new float[properties.weightByTask().length];
    for (int task = 0; task < factors.length; task++) {
      double weight = properties.weightByTask()[task];
      factors[task] = weight > 0 ? (float) (properties.lossWeights()[task] / weight) : 0;
    }
    return factors;
  }

  private void begin(
      StreamPartition samples, StepProperties properties, int perStream, int thread) {
    int from = thread * samples.streams() / threads.count();
    int to = (thread + 1) * samples.streams() / threads.count();
    SampleBatch rows =
        samples.batch(properties.epoch(), properties.stepInEpoch(), perStream, from, to);
    workers.get(thread).begin(rows);
    shards.get(thread).begin();
  }

  private void serve(int owner, int step) {
    for (int table = 0; table < tables.size(); table++) {
      for (int reader = 0; reader < workers.size(); reader++) {
        shards.get(owner).serve(table, reader, workers.get(reader).table(table), step);
      }
    }
  }

  private void merge(int thread) {
    for (int table = 0; table < tables.size(); table++) {
      List<BatchTable> batches = new ArrayList<>();
      for (Worker worker : workers) {
        batches.add(worker.table(table));
      }
      shards.get(thread).merge(table, batches);
    }
    dense.sum(thread, threads.count(), workers);
  }

  private float[] clippingFactors() {
    TrainingPlan training = plan.training();
    int tasks = training.layout().tasks().size();
    if (!training.clipping().active()) {
      float[] ones = new float[tasks];
      Arrays.fill(ones, 1);
      return ones;
    }
    Clipping[] parts = new Clipping[threads.count()];
    threads.run(
        thread -> {
          parts[thread] = new Clipping(training.clipping(), tasks);
          shards.get(thread).addSquares(parts[thread]);
          dense.addSquares(thread, threads.count(), parts[thread]);
        });
    Clipping whole = new Clipping(training.clipping(), tasks);
    Arrays.stream(parts).forEach(whole::add);
    return whole.factors();
  }

  /** Bytes of rows on the heap. */
  long rowBytes() {
    return shards.stream().mapToLong(RowShard::bytes).sum();
  }

  @Override
  public void close() {
    threads.close();
  }
}
