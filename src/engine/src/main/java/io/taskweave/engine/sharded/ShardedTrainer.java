package io.taskweave.engine.sharded;

import com.intel.analytics.bigdl.dllib.utils.Engine;
import com.intel.analytics.bigdl.dllib.utils.Engine$;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.metric.ScoreHistogram;
import io.taskweave.engine.cluster.NativeLibraries;
import io.taskweave.engine.cluster.SampleSize;
import io.taskweave.engine.cluster.TrainingMemory;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.engine.training.StepProperties;
import io.taskweave.engine.training.StreamLoader;
import io.taskweave.engine.training.StreamPartition;
import io.taskweave.engine.training.TrainedState;
import io.taskweave.engine.training.Trainer;
import io.taskweave.engine.training.TrainingCluster;
import io.taskweave.engine.training.TrainingCourse;
import io.taskweave.engine.training.TrainingCourse.Restored;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingOutcome;
import io.taskweave.engine.training.TrainingPlan;
import io.taskweave.engine.training.ValidationData;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains with the rows of embedding tables where they are owned, in the heaps of the executors. A
 * step touches the rows that its batch names and no others, so its time does not grow with the
 * tables; weights, accumulators and counters are all part of a checkpoint.
 */
public final class ShardedTrainer implements Trainer {
  private static final String STORAGE_SHARE = "spark.memory.fraction";
  private static final double STORAGE_SHARE_DEFAULT = 0.6;
  private static final int LOSSES_BORNE = 3;
  private static final Logger LOG = LoggerFactory.getLogger(ShardedTrainer.class);
  private static final AtomicLong TRAININGS = new AtomicLong();

  private final SparkSession spark;
  private final RowUpdates updates;
  private final int checkpointEvery;

  /**
   * @param checkpointEvery steps between two checkpoints within an epoch, beside the one at its
   *     end; 0 for none
   */
  public ShardedTrainer(SparkSession spark, RowUpdates updates, int checkpointEvery) {
    this.spark = spark;
    this.updates = updates;
    this.checkpointEvery = checkpointEvery;
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
      TrainingSettings.check(context.getConf(), 0);
      NativeLibraries.load();
      Engine.init();
      TrainingCluster cluster =
          new TrainingCluster(Engine$.MODULE$.nodeNumber(), Engine$.MODULE$.coreNumber());
      cluster.check(plan);
      ShardedPlan sharded = new ShardedPlan(plan, updates, cluster.executors(), cluster.cores());
      sharded.check();
      if (cluster.executors() > 1) {
        throw new ConfigurationException(
            "Cannot train: the sharded engine works with one executor so far ("
                + cluster.executors()
                + "), give one executor all cores or set training.engine to stock");
      }
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
      try {
        return new Training(plan, data, runFolder, listener, id).run(resume || losses > 0);
      } catch (Exception e) {
        if (losses == LOSSES_BORNE || !(TrainingCluster.reason(e) instanceof RetryException lost)) {
          throw e;
        }
        LOG.warn("Going on from the last checkpoint: {}", lost.getMessage());
      }
    }
  }

  /** One training from start to end. */
  private final class Training {
    /** Steps that run in one job take about as long, so that a listener hears of them. */
    private static final double JOB_SECONDS = 1;

    private final Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    private final ShardedPlan plan;
    private final TrainingData data;
    private final Path run;
    private final TrainingListener listener;
    private final String id;
    private double secondsPerStep = JOB_SECONDS;

    Training(ShardedPlan plan, TrainingData data, Path run, TrainingListener listener, String id) {
      this.plan = plan;
      this.data = data;
      this.run = run;
      this.listener = listener;
      this.id = id;
    }

    TrainingOutcome run(boolean resume) throws IOException {
      TrainingPlan training = plan.training();
      Optional<Restored> restored =
          resume ? TrainingCourse.latest(hadoop, run, plan.text()) : Optional.empty();
      reserveMemory();
      JavaRDD<StreamPartition> streams =
          StreamLoader.load(data.train(), data.histories(), training, plan.executors());
      try (ValidationData validation =
          new ValidationData(spark, training, data.validation(), data.histories())) {
        listener.products(TrainingCluster.products(streams));
        TrainingCourse course =
            TrainingCourse.start(
                hadoop,
                training,
                streams,
                validation,
                plan.parameters().size(),
                run,
                restored.map(Restored::state),
                plan.text(),
                listener);
        TrainingCluster.requireCached(streams);
        if (!course.finished()) {
          if (restored.isEmpty()) {
            RunFiles.clear(hadoop, run);
          }
          RunFiles.writeModel(
              hadoop, RunFiles.best(run), new ModelFile(training.model(), training.layout()));
          Jobs jobs = new Jobs(plan, id, streams);
          try {
            jobs.open(restored);
            go(course, jobs, validation);
          } finally {
            jobs.close();
          }
        }
        return course.outcome();
      } finally {
        streams.unpersist(false);
      }
    }

    private void reserveMemory() {
      TrainingPlan training = plan.training();
      ShardedMemory memory = new ShardedMemory(plan);
      TrainingMemory whole =
          TrainingMemory.of(
              memory.rows() + memory.dense() + memory.batchRows(),
              plan.parameters(),
              training.layout(),
              SampleSize.of(training.layout(), data.train(), data.histories()),
              SampleSize.of(training.layout(), data.validation(), data.histories()),
              training.batchSize(),
              ValidationData.BLOCK_ROWS,
              plan.executors(),
              plan.cores(),
              spark.sparkContext().getConf());
      listener.memory(whole);
      whole.check(spark.sparkContext().getConf().getDouble(STORAGE_SHARE, STORAGE_SHARE_DEFAULT));
    }

    private void go(TrainingCourse course, Jobs jobs, ValidationData validation)
        throws IOException {
      while (!course.finished()) {
        List<StepProperties> steps = nextSteps(course);
        List<StepResult> results = jobs.steps(course.step(), steps);
        double seconds = 0;
        for (StepResult result : results) {
          course.finishStep(
              result.lossByTask(), new double[result.lossByTask().length], result.seconds());
          seconds += result.seconds();
        }
        secondsPerStep = seconds / results.size();
        ShardedState trained = new ShardedState(jobs, validation, course.step());
        if (course.epochIsOver()) {
          course.finishEpoch(trained);
        } else if (checkpointEvery > 0 && course.step() % checkpointEvery == 0) {
          course.writeCheckpoint(trained);
        }
      }
    }

    /** Steps up to the next one after which something else happens. */
    private List<StepProperties> nextSteps(TrainingCourse course) {
      long step = course.step();
      long left = course.stepsPerEpoch() - step % course.stepsPerEpoch();
      if (checkpointEvery > 0) {
        left = Math.min(left, checkpointEvery - step % checkpointEvery);
      }
      long count =
          plan.stepsAreKnownAhead()
              ? Math.max(1, Math.min(left, (long) (JOB_SECONDS / secondsPerStep)))
              : 1;
      List<StepProperties> steps = new ArrayList<>();
      for (long next = step + 1; next <= step + count; next++) {
        steps.add(course.properties(next));
      }
      return steps;
    }

    /** What the executors hold, between two jobs. */
    private final class ShardedState implements TrainedState {
      private final Jobs jobs;
      private final ValidationData validation;
      private final long step;

      ShardedState(Jobs jobs, ValidationData validation, long step) {
        this.jobs = jobs;
        this.validation = validation;
        this.step = step;
      }

      @Override
      public ScoreHistogram[] validate() {
        String training = id;
        long finished = step;
        return validation.score(
            samples -> new BlockScoring(ExecutorStates.require(training, 0, finished), samples));
      }

      @Override
      public void writeWeights(Path file) {
        jobs.writeWeights(step, file.toString());
      }

      @Override
      public void writeCheckpoint(Path folder) {
        jobs.writeShards(step, folder.toString());
      }
    }
  }

  /** What one step gave. */
  @SuppressWarnings("ArrayRecordComponent")
  private record StepResult(double[] lossByTask, double seconds) implements Serializable {}

  /** The Spark jobs of a training; each has one task an executor, beside its samples. */
  private static final class Jobs {
    private final ShardedPlan plan;
    private final String id;
    private final JavaRDD<StreamPartition> streams;

    Jobs(ShardedPlan plan, String id, JavaRDD<StreamPartition> streams) {
      this.plan = plan;
      this.id = id;
      this.streams = streams;
    }

    void open(Optional<Restored> restored) {
      ShardedPlan opened = plan;
      String training = id;
      String folder = restored.map(last -> last.folder().toString()).orElse(null);
      int files = restored.map(last -> last.state().partitions()).orElse(0);
      streams.foreachPartition(
          ignored -> {
            NativeLibraries.load();
            ExecutorState state =
                folder == null
                    ? new ExecutorState(opened)
                    : CheckpointFiles.read(
                        SparkHadoopUtil.get().conf(), new Path(folder), files, opened);
            ExecutorStates.put(training, TaskContext.getPartitionId(), state);
          });
    }

    List<StepResult> steps(long finished, List<StepProperties> steps) {
      String training = id;
      return streams
          .mapPartitions(
              samples -> {
                ExecutorState state =
                    ExecutorStates.require(training, TaskContext.getPartitionId(), finished);
                StreamPartition partition = samples.next();
                List<StepResult> results = new ArrayList<>();
                for (StepProperties step : steps) {
                  long start = System.nanoTime();
                  double[] losses = state.step(partition, step);
                  results.add(new StepResult(losses, (System.nanoTime() - start) * 1e-9));
                }
                return results.iterator();
              })
          .collect();
    }

    void writeWeights(long finished, String file) {
      String training = id;
      streams.foreachPartition(
          ignored -> {
            WeightExport export =
                new WeightExport(
                    ExecutorStates.require(training, TaskContext.getPartitionId(), finished));
            RunFiles.writeTensors(
                SparkHadoopUtil.get().conf(), new Path(file), export.tensors(), export::write);
          });
    }

    void writeShards(long finished, String folder) {
      String training = id;
      streams.foreachPartition(
          ignored -> {
            int partition = TaskContext.getPartitionId();
            CheckpointFiles.write(
                SparkHadoopUtil.get().conf(),
                new Path(folder),
                partition,
                ExecutorStates.require(training, partition, finished));
          });
    }

    void close() {
      String training = id;
      streams.foreachPartition(
          ignored -> ExecutorStates.remove(training, TaskContext.getPartitionId()));
    }
  }
}
