package io.taskweave.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.progress.Progress;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.feature.FeaturePlan;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.feature.TaskPlan;
import io.taskweave.pipeline.split.SplitRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Vocabularies and encoding of a log against DuckDB, from the same Parquet files. Both write the
 * samples in the order of user-hashed streams, days, parts and ids; that they agree is checked by
 * sums of ids. The features stage does more: it checks the rows, makes a file a stream, day and
 * part, and counts and hashes what it writes.
 */
final class EncodingSection implements Section {
  private static final int MINIMUM_COUNT = 10;

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    Path log = new Path(settings.data().resolve("log").toUri());
    Path samples = new Path(settings.scratch().resolve("samples").toUri());
    try (SparkSession spark = LocalSpark.open(settings, Map.of())) {
      Phases phases = new Phases();
      StageRunner runner = new StageRunner(spark, phases);
      runner.run(new SyntheticLog(log, settings.rows()), false);
      JsonNode theirs = peer(settings, result);
      phases.start();
      StageRunner.Outcome ours = runner.run(new FeatureStage(plan(), log, samples), false);
      phases.describe(result.putObject("taskweave_seconds"));
      double ourRate = settings.rows() / ours.seconds();
      double peerRate = settings.rows() / theirs.path("seconds").asDouble();
      result.put("rows", settings.rows());
      result.put("threads", settings.threads());
      result.put("taskweave_rows_per_second", ourRate);
      result.put("peer_rows_per_second", peerRate);
      result.put("ratio", ourRate / peerRate);
      result.put("same_ids", sameIds(FeatureStage.samples(spark, samples), theirs));
    }
  }

  /** Seconds from one report of progress to the next. */
  private static final class Phases implements Progress {
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private String phase;
    private long begin;

    void start() {
      seconds.clear();
      enter("checks");
    }

    @Override
    public void update(String what, long done, long total) {
      enter(done < total || total == 0 ? what : "publishing");
    }

    private void enter(String next) {
      long now = System.nanoTime();
      if (phase != null) {
        seconds.merge(phase, (now - begin) / 1e9, Double::sum);
      }
      phase = next;
      begin = now;
    }

    void describe(ObjectNode result) {
      enter("end");
      seconds.forEach(result::put);
    }
  }

  private static FeaturePlan plan() {
    List<FieldPlan> fields = new ArrayList<>();
    for (String field : TikTokShape.FIELDS) {
      fields.add(FieldPlan.categorical(field).minimumCount(MINIMUM_COUNT).build());
    }
    List<TaskPlan> tasks =
        TikTokShape.TASKS.stream().map(task -> new TaskPlan(task, task)).toList();
    return FeaturePlan.of(
        "user",
        "item",
        fields,
        tasks,
        new SplitRule.ByDate(SampleColumns.DAY, SyntheticLog.VALID_FROM, SyntheticLog.TEST_FROM));
  }

  private static JsonNode peer(Settings settings, ObjectNode result) throws Exception {
    List<String> arguments = new ArrayList<>();
    arguments.add(settings.data().resolve("log").resolve("data").toString());
    arguments.add("--fields");
    arguments.addAll(TikTokShape.FIELDS);
    arguments.add("--tasks");
    arguments.addAll(TikTokShape.TASKS);
    arguments.addAll(List.of("--valid-from", SyntheticLog.VALID_FROM));
    arguments.addAll(List.of("--test-from", SyntheticLog.TEST_FROM));
    arguments.addAll(List.of("--minimum-count", Integer.toString(MINIMUM_COUNT)));
    arguments.addAll(List.of("--streams", Integer.toString(FeaturePlan.DEFAULT_STREAMS)));
    arguments.addAll(List.of("--threads", Integer.toString(settings.threads())));
    try (Peer peer = new Peer(settings, "duckdb_encode.py", arguments.toArray(String[]::new))) {
      JsonNode answer = peer.ask(settings.scratch().resolve("duckdb").toString());
      result.put("peer", answer.path("peer").asText());
      return answer;
    }
  }

  private static boolean sameIds(Dataset<Row> samples, JsonNode theirs) {
    List<Column> sums = new ArrayList<>();
    for (String field : TikTokShape.FIELDS) {
      sums.add(sum(col(SampleColumns.feature(field)).cast("long")));
    }
    Row row = samples.agg(count(lit(1)), sums.toArray(Column[]::new)).first();
    boolean same = row.getLong(0) == theirs.path("rows").asLong();
    for (int f = 0; f < TikTokShape.FIELDS.size(); f++) {
      same &=
          row.getLong(1 + f) == theirs.path("sum_of_ids").path(TikTokShape.FIELDS.get(f)).asLong();
    }
    return same;
  }
}
