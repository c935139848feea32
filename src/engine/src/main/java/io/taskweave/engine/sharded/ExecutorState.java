package io.taskweave.engine.sharded;

import io.taskweave.core.error.RetryException;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.engine.training.Burst;
import io.taskweave.engine.training.SampleChunks;
import io.taskweave.engine.training.StepProperties;
import io.taskweave.engine.training.StreamPartition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.deploy.SparkHadoopUtil;

/**
 * Everything that one executor keeps between steps: shards of rows, dense parameters, and the
 * threads' work space. A step runs in phases, and what another executor must send before a phase is
 * fetched at its start. With one executor that is nothing: its threads reach into each other's
 * shards.
 */
final class ExecutorState implements AutoCloseable {
  private final ShardedPlan plan;
  private final int executor;
  private final List<RowLayout> tables;
  private final DenseLayout denseLayout;
  private final DensePart dense;
  private final DensePacking packing;
  private final RateHistory rates;
  private final List<RowShard> shards = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();
  private final Threads threads;
  private final StepBlocks blocks;
  private final RowExchange rows;
  private SampleChunks samples;
  private StepMeter meter;
  private double[] sharedSquares;
  private long begun;
  private long served;
  private long computed;
  private int stepsDone;

  /**
   * The state before the first step.
   *
   * @param training name of the training
   * @param executor number of this executor
   */
  static ExecutorState first(ShardedPlan plan, String training, int executor) {
    ExecutorState state = new ExecutorState(plan, training, executor, new RateHistory(), 0);
    if (plan.updates() == RowUpdates.DENSE) {
      state.threads.run(thread -> state.shards.get(thread).createAll());
    }
    plan.training()
        .initialWeights()
        .known(SparkHadoopUtil.get().conf(), plan.parameters(), new StartingRows(state));
    return state;
  }

  /** A state without rows, to be filled from a checkpoint. */
  ExecutorState(ShardedPlan plan, String training, int executor, RateHistory rates, int stepsDone) {
    this.plan = plan;
    this.executor = executor;
    this.rates = rates;
    this.stepsDone = stepsDone;
    this.tables = plan.tables();
    this.denseLayout = new DenseLayout(plan.parameters(), tables, plan.gradientsApart());
    this.dense = new DensePart(denseLayout, plan, executor);
    this.packing = new DensePacking(denseLayout, plan.executors());
    this.threads = new Threads(plan.cores());
    this.blocks = new StepBlocks(training);
    this.sharedSquares = new double[plan.tasks()];
    this.rows = new RowExchange(executor, plan, tables, threads, blocks);
    for (int thread = 0; thread < plan.cores(); thread++) {
      shards.add(new RowShard(executor * plan.cores() + thread, plan, tables, rates));
      workers.add(
          new Worker(
              plan.training().model(),
              plan.training().layout(),
              tables,
              denseLayout,
              dense.weights(),
              plan.shards(),
              plan.executors() > 1));
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
    int here = shard - executor * plan.cores();
    return here >= 0 && here < shards.size() ? shards.get(here) : null;
  }

  int executor() {
    return executor;
  }

  StepBlocks blocks() {
    return blocks;
  }

  Threads threads() {
    return threads;
  }

  RateHistory rates() {
    return rates;
  }

  ShardedPlan plan() {
    return plan;
  }

  /** Keeps the samples that steps take their batches from. */
  void hold(SampleChunks chunks) {
    samples = chunks;
  }

  /** Measures from the next step on which task moves what. */
  void measure(Burst burst) {
    meter =
        new StepMeter(plan, burst, new DenseMeter(plan, denseLayout, executor), shards, stepsDone);
  }

  StepMeter meter() {
    return meter;
  }

  private boolean probes() {
    return meter != null && meter.probes();
  }

  private int probed() {
    return probes() ? plan.tasks() - 1 : 0;
  }

  /** Lets the other executors know the dense weights. */
  void open(DenseExchange exchange) {
    exchange.open(packing, dense, stepsDone);
  }

  /** Brings the dense weights that other executors have updated here. */
  void gatherDense(DenseExchange exchange) {
    exchange.receiveWeights(packing, dense, stepsDone);
  }

  /** Takes the samples of a step, and asks the other executors for the rows that they own. */
  void begin(StepProperties properties) {
    StreamPartition chunk = samples.use(properties.epoch(), properties.chunk());
    int perStream = plan.training().batchSize() / plan.training().streams();
    threads.run(
        thread -> {
          int from = thread * chunk.streams() / threads.count();
          int to = (thread + 1) * chunk.streams() / threads.count();
          SampleBatch batch =
              chunk.batch(properties.epoch(), properties.stepInChunk(), perStream, from, to);
          workers.get(thread).begin(batch);
        });
    begun = properties.step();
    rows.sendIds(begun, workers);
  }

  boolean hasServed(long step) {
    return served == step;
  }

  /** Gives all threads the rows that they read in a step, as they are after the step before. */
  void serve(long step) {
    requireAt("begun", begun, step);
    requireAt("finished", stepsDone, step - 1);
    blocks.remove(StepBlocks.Kind.WEIGHTS);
    rows.receiveIds(step);
    List<List<? extends BatchRows>> readers = new ArrayList<>();
    for (int table = 0; table < tables.size(); table++) {
      readers.add(rows.readers(table, workers, true));
    }
    threads.run(
        thread -> {
          RowShard shard = shards.get(thread);
          shard.begin();
          for (int table = 0; table < tables.size(); table++) {
            for (int reader = 0; reader < plan.shards(); reader++) {
              shard.serve(table, reader, readers.get(table).get(reader), Math.toIntExact(step));
            }
          }
        });
    rows.sendWeights(step);
    served = step;
  }

  /**
   * Goes forward and backward, and sends gradients to those who update.
   *
   * @return sums of the losses of each thread, one a task
   */
  double[][] compute(StepProperties properties, DenseExchange exchange) {
    long step = properties.step();
    requireAt("served", served, step);
    blocks.remove(
        StepBlocks.Kind.IDS,
        StepBlocks.Kind.GRADIENTS,
        StepBlocks.Kind.PROBES,
        StepBlocks.Kind.SCORED_IDS,
        StepBlocks.Kind.SCORED_WEIGHTS);
    rates.add(step, properties.learningRate());
    workers.forEach(Worker::advance);
    gatherDense(exchange);
    rows.receiveWeights(step, workers);
    long seed = plan.training().seed();
    long key = CounterRandom.mix(CounterRandom.mix(seed, CounterRandom.hash("dropout")), step);
    float[] factors = factors(properties);
    if (meter != null) {
      meter.begin(properties);
    }
    for (int task = 0; task < probed(); task++) {
      probe(key, factors, task);
    }
    threads.run(thread -> workers.get(thread).compute(key, factors));
    threads.run(thread -> dense.sum(thread, threads.count(), workers));
    exchange.sendGradients(packing, dense, step);
    rows.sendGradients(step, workers, probed());
    if (probes()) {
      rows.sendProbes(step, meter.dense());
    }
    computed = step;
    double[][] losses = new double[workers.size()][];
    Arrays.setAll(losses, thread -> workers.get(thread).lossByTask().clone());
    return losses;
  }

  /** Forward and backward for one task alone, whose gradients the meter gets. */
  private void probe(long key, float[] factors, int task) {
    float[] alone = new float[factors.length];
    alone[task] = factors[task];
    threads.run(
        thread -> {
          workers.get(thread).compute(key, alone);
          workers.get(thread).tables().forEach(table -> table.keepProbe(task));
        });
    threads.run(thread -> dense.sum(thread, threads.count(), workers));
    meter.dense().takeProbe(task, dense.gradient());
  }

  /** Sums the gradients of what this executor updates, L2 terms included. */
  void merge(long step, DenseExchange exchange) {
    requireAt("computed", computed, step);
    rows.receiveGradients(step, probed());
    exchange.receiveGradients(packing, dense, step);
    if (probes()) {
      rows.receiveProbes(step, meter.dense());
      meter.dense().takeSum(dense.gradient());
    }
    List<List<? extends BatchRows>> readers = new ArrayList<>();
    for (int table = 0; table < tables.size(); table++) {
      readers.add(rows.readers(table, workers, false));
    }
    int present = Math.toIntExact(step);
    threads.run(
        thread -> {
          for (int table = 0; table < tables.size(); table++) {
            shards.get(thread).merge(table, readers.get(table), probes(), present);
          }
        });
    if (plan.training().weighting().needsNorms()) {
      sharedSquares = dense.lastSharedSquares();
    }
    dense.addDecay();
  }

  /**
   * Squared norm of each task's gradient of the last shared layer, as far as this executor updates
   * it; 0 where nobody asks.
   */
  double[] sharedSquares() {
    return sharedSquares;
  }

  /** Products of the merged gradients. */
  StepProducts products() {
    StepProducts[] parts = new StepProducts[threads.count()];
    threads.run(
        thread -> {
          parts[thread] = plan.products();
          shards.get(thread).addProducts(parts[thread]);
          dense.addProducts(thread, threads.count(), parts[thread]);
        });
    StepProducts sum = plan.products();
    Arrays.stream(parts).forEach(sum::add);
    return sum;
  }

  /**
   * Updates what this executor owns, which finishes the step.
   *
   * @param transform of its gradients
   */
  void update(StepProperties properties, GradientTransform transform, DenseExchange exchange) {
    int step = Math.toIntExact(properties.step());
    double rate = properties.learningRate();
    DenseMeter heard = meter != null && plan.perTask() ? meter.dense() : null;
    boolean together = meter != null && meter.observes();
    boolean apart = plan.gradientsApart() > 1;
    if (plan.perTask()) {
      dense.shrink(rate);
    }
    threads.run(thread -> dense.transform(thread, threads.count(), transform));
    if (together && apart) {
      meter.dense().takeSlots(dense);
    }
    if (apart && !plan.perTask()) {
      dense.addDecayBesideTasks();
    }
    threads.run(
        thread -> {
          shards.get(thread).update(step, rate, transform, together);
          dense.update(thread, threads.count(), step, rate, heard);
        });
    if (together) {
      float[][] accumulators = dense.accumulators();
      float factor = apart ? 1 : transform.factor(0);
      meter.observeDense(factor, accumulators[accumulators.length - 1], rate, step);
    }
    stepsDone = step;
    exchange.sendWeights(packing, dense, executor, step);
  }

  /**
   * At the end of an epoch: lets rows go that were not seen for long.
   *
   * @return for each table: rows held, ids that wait for a row, rows that are gone
   */
  long[][] settle(int stepsPerEpoch) {
    int[][] gone = new int[threads.count()][];
    threads.run(thread -> gone[thread] = shards.get(thread).settle(stepsDone, stepsPerEpoch));
    long[][] counts = new long[tables.size()][3];
    for (int thread = 0; thread < gone.length; thread++) {
      for (int table = 0; table < counts.length; table++) {
        counts[table][0] += shards.get(thread).store(table).rows();
        counts[table][1] += shards.get(thread).waiting(table).ids();
        counts[table][2] += gone[thread][table];
      }
    }
    return counts;
  }

  private static void requireAt(String phase, long present, long wanted) {
    if (present != wanted) {
      throw new RetryException(
          "Cannot go on training: a part has "
              + phase
              + " step "
              + present
              + " ("
              + wanted
              + " is expected), resume from the last checkpoint");
    }
  }

  private static float[] factors(StepProperties properties) {
    float[] factors = new float[properties.weightByTask().length];
    for (int task = 0; task < factors.length; task++) {
      double weight = properties.weightByTask()[task];
      factors[task] = weight > 0 ? (float) (properties.lossWeights()[task] / weight) : 0;
    }
    return factors;
  }

  @Override
  public void close() {
    threads.close();
  }
}
