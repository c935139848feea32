package io.taskweave.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.cli.configuration.EvaluationConfiguration;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.TaskConfiguration;
import io.taskweave.core.metric.GaucWeighting;
import io.taskweave.core.metric.MetricRecord;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Fingerprint;
import io.taskweave.pipeline.evaluate.Evaluation;
import io.taskweave.pipeline.evaluate.EvaluationPlan;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Scores the splits of a run with its best weights and measures them into metrics.json. */
final class EvaluationStep {
  static final String METRICS = "metrics.json";
  private static final String FINGERPRINT = "metrics_fingerprint";

  private final PipelineConfiguration configuration;
  private final PrintWriter out;

  EvaluationStep(PipelineConfiguration configuration, PrintWriter out) {
    this.configuration = configuration;
    this.out = out;
  }

  StepOutcome run(DataApplication application, boolean force) {
    long start = System.nanoTime();
    SparkSession spark = application.spark();
    Configuration hadoop = spark.sessionState().newHadoopConf();
    RunFolder folder = new RunFolder(new Path(configuration.workspace().runFolder()), hadoop);
    DataStages stages = new DataStages(configuration);
    List<Path> inputs = new ArrayList<>();
    for (String split : configuration.evaluation().splits()) {
      ScoringStage scoring = ScoringStage.ofSplit(folder.path(), stages.folder("samples"), split);
      application.run(scoring, force);
      inputs.add(scoring.output());
    }
    boolean grouped = stages.grouped();
    if (grouped) {
      inputs.add(stages.folder("groups"));
    }
    EvaluationPlan plan = plan(configuration);
    StringBuilder texts = new StringBuilder(plan.toString());
    inputs.forEach(input -> texts.append(Fingerprint.of(input, hadoop)));
    String fingerprint = Fingerprint.ofText(texts.toString());
    ObjectNode record = folder.record();
    boolean upToDate =
        !force && folder.has(METRICS) && fingerprint.equals(record.path(FINGERPRINT).asText());
    if (!upToDate) {
      measure(plan, spark, folder, grouped ? Optional.of(groups(spark, stages)) : Optional.empty());
      record.put(FINGERPRINT, fingerprint);
      folder.write(record);
    }
    StepOutcome outcome =
        new StepOutcome(
            "evaluate",
            upToDate,
            (System.nanoTime() - start) / 1e9,
            folder.file(METRICS).toString());
    out.println(outcome.line());
    out.flush();
    return outcome;
  }

  static EvaluationPlan plan(PipelineConfiguration configuration) {
    EvaluationConfiguration evaluation = configuration.evaluation();
    return new EvaluationPlan(
        configuration.tasks().stream().map(TaskConfiguration::name).toList(),
        evaluation.splits(),
        evaluation.gaucWeightings().stream()
            .map(name -> GaucWeighting.valueOf(name.toUpperCase(Locale.ROOT)))
            .toList(),
        evaluation.calibrationBins(),
        evaluation.replicates(),
        configuration.workspace().seed());
  }

  /** The predictions of all splits of a plan. */
  static Dataset<Row> predictions(SparkSession spark, Path run, List<String> splits) {
    return splits.stream()
        .map(split -> DataSet.open(ScoringStage.predictions(run, split)).rows(spark))
        .reduce(Dataset::unionByName)
        .orElseThrow();
  }

  static Dataset<Row> groups(SparkSession spark, DataStages stages) {
    return DataSet.open(stages.folder("groups")).rows(spark).select("user", "pair", "group");
  }

  private void measure(
      EvaluationPlan plan, SparkSession spark, RunFolder folder, Optional<Dataset<Row>> groups) {
    List<MetricRecord> records =
        new Evaluation(plan).measure(predictions(spark, folder.path(), plan.splits()), groups);
    try {
      folder.writeText(
          METRICS,
          JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(records)
              + "\n");
    } catch (JsonProcessingException failure) {
      throw new UncheckedIOException(failure);
    }
    for (MetricRecord record : records) {
      if (record.group().equals("all") && record.metric().equals("auc")) {
        out.println(
            String.format(
                Locale.ROOT,
                "%-6s %-12s AUC %.4f [%.4f, %.4f]  %,d rows, %,d positives",
                record.split(),
                record.task(),
                record.value(),
                record.ciLow(),
                record.ciHigh(),
                record.rows(),
                record.positives()));
      }
    }
  }
}
