package io.taskweave.engine.sharded;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.metric.ScoreHistogram;
import io.taskweave.engine.cluster.ActivationMemory;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.cluster.SampleSize;
import io.taskweave.engine.cluster.TrainingMemory;
import io.taskweave.engine.training.DominanceReport;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.engine.training.SampleChunks;
import io.taskweave.engine.training.StepProperties;
import io.taskweave.engine.training.StreamLoader;
import io.taskweave.engine.training.TrainedState;
import io.taskweave.engine.training.TrainingCluster;
import io.taskweave.engine.training.TrainingCourse;
import io.taskweave.engine.training.TrainingCourse.Restored;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingOutcome;
import io.taskweave.engine.training.TrainingPlan;
import io.taskweave.engine.training.ValidationData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One training from start to end. */
final class ShardedTraining {
  /** Steps that run in one job take about as long, so that a listener hears of them. */
  private static final double JOB_SECONDS = 1;

  private static final String STORAGE_SHARE = "spark.memory.fraction";
  private static final double STORAGE_SHARE_DEFAULT = 0.6;
  private static final Logger LOG = LoggerFactory.getLogger(ShardedTraining.class);

  private final SparkSession spark;
  private final Configuration hadoop;
  private final ShardedPlan plan;
  private final int checkpointEvery;
  private final SampleMemory sampleMemory;
  private final TrainingData data;
  private final Path run;
  private final TrainingListener listener;
  private final String id;
  private final ExecutorWatch watch;
  private double secondsPerStep = JOB_SECONDS;

  /**
   * @param checkpointEvery steps between two checkpoints within an epoch; 0 for none
   * @param sampleMemory that the training samples of an executor may take
   * @param id unlike that of any other training
   * @param watch ended before executors are freed
   */
  ShardedTraining(
      SparkSession spark,
      ShardedPlan plan,
      int checkpointEvery,
      SampleMemory sampleMemory,
      TrainingData data,
      Path run,
      TrainingListener listener,
      String id,
      ExecutorWatch watch) {
    this.spark = spark;
    this.hadoop = spark.sparkContext().hadoopConfiguration();
    this.plan = plan;
    this.checkpointEvery = checkpointEvery;
    this.sampleMemory = sampleMemory;
    this.data = data;
    this.run = run;
    this.listener = listener;
    this.id = id;
    this.watch = watch;
  }

  TrainingOutcome run(boolean resume) throws IOException {
    TrainingPlan training = plan.training();
    SortedMap<String, String> text = TrainingCourse.withContent(plan.text(), data);
    Optional<Restored> restored =
        resume ? TrainingCourse.latest(hadoop, run, text) : Optional.empty();
    if (restored.isEmpty()) {
      // Before anything can fail: what goes on after a loss must not meet an earlier training.
      RunFiles.clear(hadoop, run);
    }
    int chunks = reserveMemory(restored);
    JavaRDD<? extends SampleChunks> streams = load(chunks);
    try (ValidationData validation =
        new ValidationData(training, data.validation(), data.histories())) {
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
              TrainingCourse.withChunks(text, chunks),
              listener);
      TrainingCluster.requireCached(streams);
      if (!course.finished()) {
        RunFiles.writeModel(
            hadoop, RunFiles.best(run), new ModelFile(training.model(), training.layout()));
        DominanceReport dominance =
            new DominanceReport(training, plan.parameters(), course.stepsPerEpoch(), listener);
        ExecutorJobs jobs = new ExecutorJobs(plan, id, streams, dominance);
        try {
          jobs.open(restored);
          go(course, jobs, validation, dominance);
        } finally {
          watch.close();
          close(jobs);
        }
      }
      return course.outcome();
    } finally {
      StreamLoader.release(streams);
    }
  }

  private JavaRDD<? extends SampleChunks> load(int chunks) {
    return chunks == 1
        ? StreamLoader.load(data.train(), data.histories(), plan.training(), plan.executors())
        : StreamLoader.stream(
            data.train(),
            data.histories(),
            plan.training(),
            plan.executors(),
            chunks,
            sampleMemory);
  }

  /**
   * Says what the training will need, and refuses what cannot fit.
   *
   * @param restored whose chunks, which decide the order of the samples, stay as they were
   * @return chunks of the samples
   */
  private int reserveMemory(Optional<Restored> restored) {
    TrainingPlan training = plan.training();
    ShardedMemory memory = new ShardedMemory(plan);
    TrainingMemory whole =
        TrainingMemory.of(
            memory.rows()
                + memory.dense()
                + memory.batchRows()
                + memory.exchange()
                + memory.blocks(),
            memory.blocks(),
            memory.dominance(),
            plan.parameters().size(),
            ActivationMemory.of(training.model(), training.layout()),
            SampleSize.of(training.layout(), data.train(), data.histories()),
            SampleSize.of(training.layout(), data.validation(), data.histories()),
            training.batchSize(),
            ValidationData.BLOCK_ROWS,
            plan.executors(),
            plan.cores(),
            sampleMemory,
            restored.map(Restored::chunks).orElse(1),
            spark.sparkContext().getConf());
    listener.memory(whole);
    whole.check(spark.sparkContext().getConf().getDouble(STORAGE_SHARE, STORAGE_SHARE_DEFAULT));
    if (restored.isPresent() && whole.chunks() > restored.get().chunks()) {
      throw new CheckpointException(
          "Cannot resume from "
              + restored.get().folder()
              + ": its samples are in "
              + restored.get().chunks()
              + " chunks, and training.sample-memory asks for "
              + whole.chunks()
              + ", which are in another order; set it higher, or train under another run name");
    }
    return whole.chunks();
  }

  private static void close(ExecutorJobs jobs) {
    try {
      jobs.close();
    } catch (Exception e) {
      // Spark throws checked exceptions that Scala does not declare. Where an executor was lost
      // there is nothing to free, and the reason of that matters more.
      LOG.warn("Cannot free what executors hold of a training, it stays until Spark ends", e);
    }
  }

  private void go(
      TrainingCourse course,
      ExecutorJobs jobs,
      ValidationData validation,
      DominanceReport dominance)
      throws IOException {
    Steps executors = new Steps(jobs, plan);
    while (!course.finished()) {
      List<StepProperties> steps = nextSteps(course);
      List<StepResult> results = executors.run(steps, stepAfter(course, steps.size()));
      double seconds = 0;
      for (StepResult result : results) {
        course.finishStep(result.lossByTask(), result.sharedNorms(), result.seconds());
        seconds += result.seconds();
      }
      secondsPerStep = seconds / results.size();
      ShardedState trained = new ShardedState(jobs, validation, course.step());
      if (course.epochIsOver()) {
        if (!plan.lifetime().equals(RowLifetime.UNBOUNDED)) {
          listener.rows(
              new TrainingListener.Rows(
                  course.step(), jobs.settle(course.step(), course.stepsPerEpoch())));
        }
        if (dominance.measured()) {
          dominance.write(course, jobs.measured(course.step()));
        }
        course.finishEpoch(trained);
      } else if (checkpointEvery > 0 && course.step() % checkpointEvery == 0) {
        course.writeCheckpoint(trained);
      }
    }
  }

  /** Steps up to the next one after which something else happens. */
  private List<StepProperties> nextSteps(TrainingCourse course) {
    long step = course.step();
    // Two chunks are in memory: steps that are sent together are of one, the step after of one
    // more.
    long left = course.stepsToChunkEnd();
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

  /** The step after some that come next, if it is in the same epoch. */
  private static Optional<StepProperties> stepAfter(TrainingCourse course, int steps) {
    long after = course.step() + steps + 1;
    return (after - 1) % course.stepsPerEpoch() == 0
        ? Optional.empty()
        : Optional.of(course.properties(after));
  }

  /** What the executors hold, between two jobs. */
  private static final class ShardedState implements TrainedState {
    private final ExecutorJobs jobs;
    private final ValidationData validation;
    private final long step;

    ShardedState(ExecutorJobs jobs, ValidationData validation, long step) {
      this.jobs = jobs;
      this.validation = validation;
      this.step = step;
    }

    @Override
    public ScoreHistogram[] validate() {
      return jobs.validate(step, validation);
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
