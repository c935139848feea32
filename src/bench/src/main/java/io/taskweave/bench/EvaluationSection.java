package io.taskweave.bench;

import static org.apache.spark.sql.functions.expr;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.metric.GaucWeighting;
import io.taskweave.core.metric.MetricRecord;
import io.taskweave.pipeline.evaluate.Evaluation;
import io.taskweave.pipeline.evaluate.EvaluationPlan;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * All metrics of many predictions, with the default intervals, in a bounded heap. Scores are
 * uniform and a label is 1 with the probability that its score says, so the true AUC is 5/6.
 */
final class EvaluationSection implements Section {
  private static final int USERS = 100_000;
  private static final long MEBIBYTE = 1L << 20;

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    try (SparkSession spark = LocalSpark.open(settings, Map.of())) {
      Path folder = settings.data().resolve("predictions-" + settings.rows());
      String file = folder.toString();
      if (!Files.exists(folder.resolve("_SUCCESS"))) {
        predictions(spark, settings.rows()).write().mode(SaveMode.Overwrite).parquet(file);
      }
      EvaluationPlan plan =
          new EvaluationPlan(
              TikTokShape.TASKS,
              List.of("test"),
              List.of(GaucWeighting.values()),
              EvaluationPlan.DEFAULT_CALIBRATION_BINS,
              EvaluationPlan.DEFAULT_REPLICATES,
              1);
      List<MemoryPoolMXBean> pools =
          ManagementFactory.getMemoryPoolMXBeans().stream()
              .filter(pool -> pool.getType() == MemoryType.HEAP)
              .toList();
      pools.forEach(MemoryPoolMXBean::resetPeakUsage);
      long start = System.nanoTime();
      List<MetricRecord> records =
          new Evaluation(plan).measure(spark.read().parquet(file), Optional.empty()).records();
      double seconds = (System.nanoTime() - start) / 1e9;
      result.put("rows", settings.rows());
      result.put("tasks", plan.tasks().size());
      result.put("replicates", plan.replicates());
      result.put("threads", settings.threads());
      result.put("seconds", seconds);
      result.put("rows_per_second", settings.rows() / seconds);
      long peak = pools.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
      result.put("peak_heap_mib", peak / MEBIBYTE);
      result.put("heap_limit_mib", Runtime.getRuntime().maxMemory() / MEBIBYTE);
      records.stream()
          .filter(record -> record.metric().equals("auc"))
          .forEach(record -> result.put("auc_" + record.task(), record.value()));
    }
  }

  private static Dataset<Row> predictions(SparkSession spark, long rows) {
    Column[] columns = {
      expr("id AS sample_id"),
      expr("concat('user', pmod(xxhash64(id, 'user'), " + USERS + ")) AS user"),
      expr("'test' AS split"),
      expr(SyntheticLog.uniform("score finish") + " AS score_finish"),
      expr(SyntheticLog.uniform("score like") + " AS score_like"),
      expr(
          String.format(
              "cast(%s < %s AS tinyint) AS label_finish",
              SyntheticLog.uniform("finish"), SyntheticLog.uniform("score finish"))),
      expr(
          String.format(
              "cast(%s < %s AS tinyint) AS label_like",
              SyntheticLog.uniform("like"), SyntheticLog.uniform("score like")))
    };
    return spark.range(rows).select(columns);
  }
}
