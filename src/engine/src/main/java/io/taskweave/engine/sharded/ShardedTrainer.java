package io.taskweave.engine.sharded;

import com.intel.analytics.bigdl.dllib.utils.Engine;
import com.intel.analytics.bigdl.dllib.utils.Engine$;
import io.taskweave.core.error.RetryException;
import io.taskweave.engine.cluster.NativeLibraries;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.training.Trainer;
import io.taskweave.engine.training.TrainingCluster;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingOutcome;
import io.taskweave.engine.training.TrainingPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains with the rows of embedding tables where they are owned, in the heaps of the executors. A
 * step touches the rows that its batch names and no others, so its time does not grow with the
 * tables; weights, accumulators and counters are all part of a checkpoint.
 */
public final class ShardedTrainer implements Trainer {
  private static final int LOSSES_BORNE = 3;
  private static final Duration REPLACEMENT_WAIT = Duration.ofMinutes(5);
  private static final long POLL_MILLIS = 500;
  private static final Logger LOG = LoggerFactory.getLogger(ShardedTrainer.class);
  private static final AtomicLong TRAININGS = new AtomicLong();

  private final SparkSession spark;
  private final RowUpdates updates;
  private final RowLifetime lifetime;
  private final int checkpointEvery;
  private final SampleMemory memory;
  private final TrainingCluster parts;

  /** Rows are made at first sight and stay; all samples are in memory. */
  public ShardedTrainer(SparkSession spark, RowUpdates updates, int checkpointEvery) {
    this(spark, updates, RowLifetime.UNBOUNDED, checkpointEvery, SampleMemory.UNBOUNDED);
  }

  /**
   * @param checkpointEvery steps between two checkpoints within an epoch, beside the one at its
   *     end; 0 for none
   * @param memory that the training samples of an executor may take
   */
  public ShardedTrainer(
      SparkSession spark,
      RowUpdates updates,
      RowLifetime lifetime,
      int checkpointEvery,
      SampleMemory memory) {
    this(spark, updates, lifetime, checkpointEvery, memory, null);
  }

  /**
   * @param parts into which one process divides as if they were executors; null for those of Spark
   */
  ShardedTrainer(
      SparkSession spark,
      RowUpdates updates,
      RowLifetime lifetime,
      int checkpointEvery,
      SampleMemory memory,
      TrainingCluster parts) {
    this.spark = spark;
    this.updates = updates;
    this.lifetime = lifetime;
    this.checkpointEvery = checkpointEvery;
    this.memory = memory;
    this.parts = parts;
  }

  @Override
  public TrainingOutcome train(
      TrainingPlan plan,
      TrainingData data,
      Path runFolder,
      boolean resume,
      TrainingListener listener) {
    try {
      SparkContext context = spark.sparkContext();
      TrainingSettings.check(context.getConf());
      NativeLibraries.load();
      Engine.init();
      TrainingCluster cluster =
          parts != null
              ? parts
              : new TrainingCluster(Engine$.MODULE$.nodeNumber(), Engine$.MODULE$.coreNumber());
      cluster.check(plan);
      ShardedPlan sharded =
          new ShardedPlan(plan, updates, lifetime, cluster.executors(), cluster.cores());
      sharded.check();
      return train(sharded, data, runFolder, resume, listener);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot train: files of " + runFolder, e);
    } catch (Exception e) {
      throw TrainingCluster.reason(e);
    }
  }

  /** Where state was lost, the last checkpoint has it: goes on from there, but not for ever. */
  private TrainingOutcome train(
      ShardedPlan plan,
      TrainingData data,
      Path runFolder,
      boolean resume,
      TrainingListener listener)
      throws IOException {
    for (int losses = 0; ; losses++) {
      String id = spark.sparkContext().applicationId() + "-" + TRAININGS.incrementAndGet();
      ExecutorWatch watch = new ExecutorWatch(spark.sparkContext(), id);
      try {
        return new ShardedTraining(
                spark, plan, checkpointEvery, memory, data, runFolder, listener, id, watch)
            .run(resume || losses > 0);
      } catch (Exception e) {
        if (spark.sparkContext().isStopped() || !(watch.reason(e) instanceof RetryException lost)) {
          throw e;
        }
        if (losses == LOSSES_BORNE) {
          throw lost;
        }
        LOG.warn("Going on from the last checkpoint: {}", lost.getMessage());
        awaitExecutors(plan.executors(), lost);
      } finally {
        watch.close();
      }
    }
  }

  /** Parts that start while an executor is missing would all go to those that are left. */
  private void awaitExecutors(int executors, RetryException lost) {
    SparkContext context = spark.sparkContext();
    if (context.isLocal()) {
      return;
    }
    long end = System.nanoTime() + REPLACEMENT_WAIT.toNanos();
    while (context.getExecutorIds().size() < executors) {
      if (System.nanoTime() > end) {
        throw lost;
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw lost;
      }
    }
  }
}
