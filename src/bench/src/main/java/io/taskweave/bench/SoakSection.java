package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.GateInput;
import io.taskweave.core.model.StemNetSpec;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.DominancePlan;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/**
 * One training after another in one Spark application, with AdaTask, clipping, dominance,
 * validation and checkpoints, and what each process holds at the end of an epoch now and then:
 * memory that is never given back shows as a slope.
 */
final class SoakSection implements Section {
  private static final SampleLayout LAYOUT =
      new SampleLayout(
          List.of(
              Field.categorical("user", 2000),
              Field.categorical("item", 5000),
              Field.categorical("author", 500)),
          List.of("click", "like"));
  private static final int ROWS = 40_000;
  private static final int BATCH = 512;
  private static final int EPOCHS = 20;
  private static final int CHECKPOINT_STEPS = 50;
  private static final int SAMPLES = 60;

  /** The part of the time in which code is compiled and caches fill. */
  private static final double WARM_UP = 0.25;

  private final int executors;
  private final Map<String, Map<String, List<Double>>> figures = new LinkedHashMap<>();
  private final List<Double> minutes = new ArrayList<>();
  private long steps;

  /** Ends the last training. */
  private static final class TimeOver extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /**
   * @param executors 1 for one process of several threads, more for a cluster
   */
  SoakSection(int executors) {
    this.executors = executors;
  }

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    if (executors == 1) {
      String threads = Integer.toString(settings.threads());
      try (SparkSession spark =
          LocalSpark.open(settings, TrainingSettings.pinned("local[" + threads + "]", threads))) {
        soak(settings, spark, settings.threads(), result);
      }
    } else {
      try (SparkCluster cluster =
          SparkCluster.start(settings.scratch().resolve("cluster"), executors)) {
        SortedMap<String, String> configuration = cluster.settings("1g");
        configuration.putAll(TrainingSettings.pinned(configuration.get("spark.master"), "1"));
        try (SparkSession spark = LocalSpark.open(settings, configuration)) {
          soak(settings, spark, executors, result);
        }
      }
    }
  }

  private void soak(Settings settings, SparkSession spark, int streams, ObjectNode result)
      throws IOException {
    long start = System.nanoTime();
    int trainings = 0;
    boolean open = true;
    while (open) {
      Path run = settings.scratch().resolve("run-" + trainings++);
      try {
        train(spark, streams, run, sampling(settings, spark, start));
      } catch (TimeOver end) {
        open = false;
      }
      remove(run);
    }
    result.put("minutes", (System.nanoTime() - start) * 1e-9 / 60);
    result.put("executors", executors);
    result.put("trainings", trainings);
    result.put("steps", steps);
    result.put("samples", minutes.size());
    int first = 0;
    while (first < minutes.size() - 2 && minutes.get(first) < WARM_UP * settings.minutes()) {
      first++;
    }
    int from = first;
    result.put("warm_up_minutes", minutes.get(from));
    figures.forEach(
        (process, byName) -> {
          ObjectNode described = result.putObject(process);
          byName.forEach(
              (name, values) ->
                  Drift.describe(
                      minutes.subList(from, minutes.size()),
                      values.subList(from, values.size()),
                      described.putObject(name)));
        });
  }

  private TrainingListener sampling(Settings settings, SparkSession spark, long start) {
    return new TrainingListener() {
      @Override
      public void step(Step step) {
        steps++;
      }

      @Override
      public void epoch(Epoch epoch) {
        double now = (System.nanoTime() - start) * 1e-9 / 60;
        double next =
            minutes.isEmpty()
                ? 0
                : minutes.get(minutes.size() - 1) + (double) settings.minutes() / SAMPLES;
        if (now >= next) {
          minutes.add(now);
          sample(spark);
        }
        if (now >= settings.minutes()) {
          throw new TimeOver();
        }
      }
    };
  }

  private void sample(SparkSession spark) {
    try {
      add("driver", ProcessSample.take());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException("Cannot sample this process: " + e, e);
    }
    if (executors > 1) {
      executorSamples(spark).forEach((executor, sample) -> add("executor_" + executor, sample));
    }
  }

  /** Again where one executor had two tasks. */
  private SortedMap<String, Map<String, Double>> executorSamples(SparkSession spark) {
    JavaRDD<Integer> everywhere =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .parallelize(Collections.nCopies(executors, 0), executors);
    SortedMap<String, Map<String, Double>> samples = new TreeMap<>();
    while (samples.size() < executors) {
      samples.clear();
      everywhere
          .mapPartitions(
              part ->
                  List.of(new Tuple2<>(SparkEnv.get().executorId(), ProcessSample.take()))
                      .iterator())
          .collect()
          .forEach(sample -> samples.put(sample._1(), sample._2()));
    }
    return samples;
  }

  private void add(String process, Map<String, Double> sample) {
    Map<String, List<Double>> byName =
        figures.computeIfAbsent(process, any -> new LinkedHashMap<>());
    sample.forEach(
        (name, value) -> byName.computeIfAbsent(name, any -> new ArrayList<>()).add(value));
  }

  private static void train(SparkSession spark, int streams, Path run, TrainingListener listener) {
    TrainingData data =
        new TrainingData(
            StemNetStepSection.samples(spark, LAYOUT, streams, 0, ROWS),
            StemNetStepSection.samples(spark, LAYOUT, streams, 1L << 40, ROWS / 10));
    new ShardedTrainer(spark, RowUpdates.CATCH_UP, CHECKPOINT_STEPS)
        .train(plan(streams), data, new org.apache.hadoop.fs.Path(run.toUri()), false, listener);
  }

  private static TrainingPlan plan(int streams) {
    return TrainingPlan.builder(
            LAYOUT,
            new StemNetSpec(
                new EmbeddingSpec(16, 1e-2),
                1,
                1,
                1,
                List.of(64),
                List.of(),
                List.of(32),
                0,
                GateInput.OWN_PLUS_SHARED,
                false))
        .batchSize(BATCH)
        .maxEpochs(EPOCHS)
        .streams(streams)
        .clipping(new GradientClipping(GradientClipping.Kind.PER_TASK, 10))
        .optimizer(OptimizerSpec.perTask(Adam.DEFAULT))
        .decay(new TableDecay(TableDecay.Kind.TOUCHED, 1e-6))
        .checkpointsKept(3)
        .dominance(new DominancePlan(true, 0.99, 50, 100_000))
        .build();
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
