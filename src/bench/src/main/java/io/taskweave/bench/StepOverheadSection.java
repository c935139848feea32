package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.SharedBottomSpec;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * What a step costs beside its computation: a model of eight hidden units, one row a thread, no
 * clipping. Many steps run in a job, about a second's; each is timed within it and has a share of
 * what the job takes beside them. Two executors exchange rows and dense weights twice a step. As
 * everything that waits for Spark's driver on this machine is slower or faster from run to run,
 * their step stands beside two empty jobs of the same application, five pairs of which have their
 * turn after each of its jobs.
 */
final class StepOverheadSection implements Section {
  private static final SampleLayout LAYOUT =
      new SampleLayout(List.of(Field.categorical("item", 16)), List.of("click", "like"));
  private static final int ONE_EXECUTOR_STEPS = 40_000;
  private static final int TWO_EXECUTORS_STEPS = 2000;
  private static final int EXECUTORS = 2;
  private static final int TURNS = 5;
  private static final double BOUND_MILLISECONDS = 15;
  private static final double GOAL_MILLISECONDS = 3;
  private static final double BOUND_RATIO = 1.2;

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    oneExecutor(settings, result.putObject("one_executor"));
    twoExecutors(settings, result.putObject("two_executors"));
  }

  private static void oneExecutor(Settings settings, ObjectNode result) {
    String threads = Integer.toString(settings.threads());
    StepTimes times = new StepTimes(ONE_EXECUTOR_STEPS, settings.threads(), () -> {});
    try (SparkSession spark =
        LocalSpark.open(settings, TrainingSettings.pinned("local[" + threads + "]", threads))) {
      train(settings, spark, settings.threads(), ONE_EXECUTOR_STEPS, times);
    }
    double median = times.describe(result);
    result.put("bound_milliseconds", BOUND_MILLISECONDS);
    result.put("goal_milliseconds", GOAL_MILLISECONDS);
    result.put("within_bound", median <= BOUND_MILLISECONDS);
    result.put("threads", settings.threads());
  }

  private static void twoExecutors(Settings settings, ObjectNode result) throws Exception {
    java.nio.file.Path folder = settings.scratch().resolve("cluster");
    try (SparkCluster cluster = SparkCluster.start(folder, EXECUTORS)) {
      SortedMap<String, String> configuration = cluster.settings("1g");
      configuration.putAll(TrainingSettings.pinned(configuration.get("spark.master"), "1"));
      try (SparkSession spark = LocalSpark.open(settings, configuration)) {
        List<Double> empty = new ArrayList<>();
        JavaRDD<Integer> parts =
            JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(List.of(0, 1), EXECUTORS);
        Runnable emptyJobs =
            () -> {
              for (int turn = 0; turn < TURNS; turn++) {
                empty.add(twoEmptyJobs(parts));
              }
            };
        StepTimes times = new StepTimes(TWO_EXECUTORS_STEPS, EXECUTORS, emptyJobs);
        TaskCosts tasks = new TaskCosts();
        spark.sparkContext().addSparkListener(tasks);
        train(settings, spark, EXECUTORS, TWO_EXECUTORS_STEPS, times);
        double step = times.describe(result);
        double jobs = Rounds.describe(empty, result.putObject("two_empty_jobs_milliseconds"));
        result.put("ratio", step / jobs);
        result.put("bound_ratio", BOUND_RATIO);
        result.put("within_bound", step <= BOUND_RATIO * jobs);
        tasks.describe(TURNS * EXECUTORS, result.putObject("mean_milliseconds_of_a_task"));
      }
    }
    result.put("executors", EXECUTORS);
    result.put("cluster", "standalone on loopback, executors of one core");
  }

  private static double twoEmptyJobs(JavaRDD<Integer> parts) {
    long start = System.nanoTime();
    for (int job = 0; job < 2; job++) {
      parts.foreachPartition(nothing -> {});
    }
    return (System.nanoTime() - start) * 1e-6;
  }

  static void train(
      Settings settings, SparkSession spark, int streams, int steps, TrainingListener listener) {
    TrainingData data =
        new TrainingData(
            StemNetStepSection.samples(spark, LAYOUT, streams, 0, (long) (steps + 1) * streams),
            StemNetStepSection.samples(spark, LAYOUT, streams, 1L << 40, 100));
    Path run = new Path(settings.scratch().resolve("run-" + steps).toUri());
    try {
      new ShardedTrainer(spark, RowUpdates.LAZY, 0)
          .train(plan(streams), data, run, false, listener);
    } catch (StepTimes.Measured enough) {
      return;
    }
    throw new IllegalStateException("Cannot measure steps: the training ended before them");
  }

  private static TrainingPlan plan(int streams) {
    return TrainingPlan.builder(
            LAYOUT, new SharedBottomSpec(new EmbeddingSpec(4, 0.1), List.of(8), List.of(), 0))
        .batchSize(streams)
        .streams(streams)
        .build();
  }
}
