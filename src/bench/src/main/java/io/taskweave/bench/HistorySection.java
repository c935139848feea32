package io.taskweave.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.progress.Progress;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.engine.sample.SampleRows;
import io.taskweave.engine.sample.SampleSource;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.feature.FeaturePlan;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.feature.TaskPlan;
import io.taskweave.pipeline.history.HistoryLayout;
import io.taskweave.pipeline.history.HistoryPlan;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import io.taskweave.pipeline.history.HistoryStage;
import io.taskweave.pipeline.split.SplitRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * The last 20 events before every sample, written as Parquet, against DuckDB from the same samples.
 * The history stage does more: it checks, encodes, sorts, publishes and hashes each user's events.
 * Then the same stage with 16 partitions over a log of which one user has a third: by how much the
 * slowest task exceeds the median one. And what a sample takes in memory, its share of the events
 * included, where it sees 20, 100 or 400 of them.
 */
final class HistorySection implements Section {
  private static final int LENGTH = 20;
  private static final int BLOCK_ROWS = 4096;
  private static final int SKEWED_PARTITIONS = 16;
  private static final int[] LENGTHS = {LENGTH, 100, 400};

  /** Of as many users one has his samples measured. */
  private static final int MEASURED_USERS = 10;

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    Path log = new Path(settings.data().resolve("log").toUri());
    Path samples = new Path(settings.scratch().resolve("samples").toUri());
    Path history = new Path(settings.scratch().resolve("history").toUri());
    try (SparkSession spark = LocalSpark.open(settings, Map.of())) {
      StageRunner runner = new StageRunner(spark, Progress.NONE);
      runner.run(new SyntheticLog(log, settings.rows()), false);
      runner.run(new FeatureStage(features(), log, samples), false);
      JsonNode theirs = peer(settings, samples, result);
      long begin = System.nanoTime();
      StageRunner.Outcome stage =
          runner.run(
              new HistoryStage(histories(LENGTH), log, Optional.empty(), samples, history), false);
      Path seen = new Path(settings.scratch().resolve("seen").toUri());
      writeSeen(spark, samples, history, seen);
      double seconds = (System.nanoTime() - begin) / 1e9;
      result.put("rows", settings.rows());
      result.put("threads", settings.threads());
      result.put("history_seconds", stage.seconds());
      result.put("taskweave_seconds", seconds);
      result.put("peer_seconds", theirs.path("seconds").asDouble());
      result.put("ratio", theirs.path("seconds").asDouble() / seconds);
      Row sums = sums(spark.read().parquet(seen.toString()));
      result.put(
          "same_events",
          sums.getLong(0) == theirs.path("rows").asLong()
              && sums.getLong(1) == theirs.path("events").asLong()
              && sums.getLong(2) == theirs.path("sum_of_ids").asLong());
      measureSizes(spark, samples, history, result.putObject("bytes_per_sample"));
      skew(spark, settings, log, result);
    }
  }

  private static void measureSizes(
      SparkSession spark, Path samples, Path history, ObjectNode result) {
    Column measured = pmod(xxhash64(col(SampleColumns.USER)), lit(MEASURED_USERS)).equalTo(lit(0));
    Dataset<Row> rows = FeatureStage.samples(spark, samples).where(measured);
    Dataset<Row> events = DataSet.open(history).rows(spark).where(measured);
    long count = rows.count();
    for (int length : LENGTHS) {
      SampleLayout layout = HistoryLayout.of(FeatureEncoder.open(samples), histories(length));
      SampleSource source = SampleSource.of(SampleRows.of(layout, rows));
      long bytes =
          SampleSource.internal(source.lined(rows, Optional.of(events)))
              .mapPartitions(partition -> List.of(bytes(source, partition)).iterator())
              .reduce(Long::sum);
      result.put(Integer.toString(length), (double) bytes / count);
    }
  }

  private static long bytes(SampleSource source, Iterator<InternalRow> partition) {
    long bytes = 0;
    for (Iterator<SampleSource.Block> blocks = source.blocks(partition, BLOCK_ROWS);
        blocks.hasNext(); ) {
      bytes += blocks.next().samples().bytes();
    }
    return bytes;
  }

  private static Row sums(Dataset<Row> seen) {
    return seen.agg(
            org.apache.spark.sql.functions.count(lit(1)),
            sum(size(col(SeenFile.SEEN)).cast("long")),
            sum(
                org.apache.spark.sql.functions.aggregate(
                    col(SeenFile.SEEN), lit(0L), (total, id) -> total.plus(id.cast("long")))))
        .first();
  }

  private static FeaturePlan features() {
    return FeaturePlan.of(
        "user",
        "item",
        List.of(FieldPlan.categorical("item").minimumCount(10).build()),
        List.of(new TaskPlan("finish", "finish")),
        new SplitRule.ByDate(SampleColumns.DAY, SyntheticLog.VALID_FROM, SyntheticLog.TEST_FROM));
  }

  private static HistoryPlan histories(int length) {
    return new HistoryPlan(
        List.of(
            new SequencePlan(
                "log",
                SequenceOrder.TIME,
                Duration.ZERO,
                length,
                Optional.empty(),
                List.of(AttributePlan.ofField("item", "item", "item")),
                List.of(SourcePlan.log("user")))));
  }

  /** What DuckDB writes: sample ids, and the item ids of the last events before each sample. */
  private static void writeSeen(SparkSession spark, Path samples, Path history, Path output) {
    SampleLayout layout = HistoryLayout.of(FeatureEncoder.open(samples), histories(LENGTH));
    Dataset<Row> rows = FeatureStage.samples(spark, samples);
    SampleSource source = SampleSource.of(SampleRows.of(layout, rows));
    SampleSource.internal(source.lined(rows, Optional.of(DataSet.open(history).rows(spark))))
        .foreachPartition(
            partition -> {
              String name = "part-" + TaskContext.getPartitionId() + ".parquet";
              try (SeenFile file = new SeenFile(new Path(output, name), new Configuration())) {
                Iterator<SampleSource.Block> blocks = source.blocks(partition, BLOCK_ROWS);
                while (blocks.hasNext()) {
                  file.add(blocks.next().samples());
                }
              }
            });
  }

  private static JsonNode peer(Settings settings, Path samples, ObjectNode result)
      throws Exception {
    String data = java.nio.file.Path.of(samples.toUri()).resolve("data").toString();
    try (Peer peer =
        new Peer(
            settings,
            "duckdb_history.py",
            data,
            "--length",
            Integer.toString(LENGTH),
            "--threads",
            Integer.toString(settings.threads()))) {
      JsonNode answer = peer.ask(settings.scratch().resolve("seen.duckdb.parquet").toString());
      result.put("peer", answer.path("peer").asText());
      return answer;
    }
  }

  /** A log of which one user has a third. */
  private record SkewedLog(Path log, Path output) implements Stage {
    @Override
    public String name() {
      return "import";
    }

    @Override
    public List<Path> inputs() {
      return List.of(log);
    }

    @Override
    public SortedMap<String, String> settings() {
      return new TreeMap<>();
    }

    @Override
    public StageResult run(StageContext context) {
      Dataset<Row> rows = DataSet.open(log).rows(context.spark());
      return context.writeRows(
          rows.withColumn(
              "user",
              when(pmod(col(SampleColumns.SAMPLE_ID), lit(3)).equalTo(lit(0)), lit("everywhere"))
                  .otherwise(col("user"))),
          JsonNodeFactory.instance.objectNode());
    }
  }

  private static void skew(SparkSession spark, Settings settings, Path log, ObjectNode result)
      throws TimeoutException {
    Path skewed = new Path(settings.scratch().resolve("skewed").toUri());
    Path samples = new Path(settings.scratch().resolve("skewed-samples").toUri());
    StageRunner runner = new StageRunner(spark, Progress.NONE);
    runner.run(new SkewedLog(log, skewed), false);
    runner.run(new FeatureStage(features(), skewed, samples), false);
    spark.conf().set("spark.sql.shuffle.partitions", SKEWED_PARTITIONS);
    spark.conf().set("spark.sql.adaptive.enabled", false);
    TaskTimes times = new TaskTimes();
    spark.sparkContext().addSparkListener(times);
    runner.run(
        new HistoryStage(
            histories(LENGTH),
            skewed,
            Optional.empty(),
            samples,
            new Path(settings.scratch().resolve("skewed-history").toUri())),
        false);
    spark.sparkContext().listenerBus().waitUntilEmpty();
    spark.sparkContext().removeSparkListener(times);
    times.describe(result.putObject("skew"));
  }

  /** How long the tasks of each stage took. */
  private static final class TaskTimes extends SparkListener {
    private final Map<Integer, List<Long>> millisByStage = new ConcurrentHashMap<>();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd task) {
      millisByStage
          .computeIfAbsent(task.stageId(), any -> Collections.synchronizedList(new ArrayList<>()))
          .add(task.taskInfo().duration());
    }

    /** Of the stage with that many partitions which takes longest. */
    void describe(ObjectNode result) {
      millisByStage.values().stream()
          .filter(tasks -> tasks.size() == SKEWED_PARTITIONS)
          .max(java.util.Comparator.comparingLong(HistorySection::total))
          .ifPresent(
              tasks -> {
                List<Long> sorted = tasks.stream().sorted().toList();
                double median =
                    (sorted.get(SKEWED_PARTITIONS / 2 - 1) + sorted.get(SKEWED_PARTITIONS / 2))
                        / 2.0;
                double slowest = sorted.get(SKEWED_PARTITIONS - 1);
                result.put("median_task_seconds", median / 1000);
                result.put("slowest_task_seconds", slowest / 1000);
                result.put("slowest_to_median", slowest / median);
              });
    }
  }

  private static long total(List<Long> tasks) {
    return tasks.stream().mapToLong(Long::longValue).sum();
  }
}
