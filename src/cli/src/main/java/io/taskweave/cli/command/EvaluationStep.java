package io.taskweave.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.cli.configuration.EvaluationConfiguration;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.TaskConfiguration;
import io.taskweave.core.metric.Checkpoint;
import io.taskweave.core.metric.GaucWeighting;
import io.taskweave.core.metric.MetricRecord;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.engine.scoring.Scorer;
import io.taskweave.pipeline.dataset.CodeVersion;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Fingerprint;
import io.taskweave.pipeline.evaluate.Evaluation;
import io.taskweave.pipeline.evaluate.EvaluationPlan;
import io.taskweave.pipeline.evaluate.KappaSweep;
import io.taskweave.pipeline.evaluate.Measured;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.split.SplitRule;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Scores the splits of a run with its best weights, those of the common epoch and those of each
 * task's own, and measures them: metrics, what each task's gate reads, and AUC by kappa.
 */
final class EvaluationStep {
  static final String METRICS = "metrics.json";
  static final String REPLICATES = "auc-replicates.json";
  static final String GATES = "gates.json";
  static final String KAPPA_SWEEP = "kappa-sweep.json";
  private static final String FINGERPRINT = "metrics_fingerprint";

  private static final JsonMapper JSON = JsonMapper.builder().build();

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
    folder.requireFinished();
    RunInput.of(configuration, new Path(configuration.workspace().workspace()), hadoop)
        .requireTrainedOn(folder);
    DataStages stages = new DataStages(configuration);
    List<Path> inputs = new ArrayList<>();
    for (String split : configuration.evaluation().splits()) {
      ScoringStage scoring =
          ScoringStage.ofSplit(
              folder.path(),
              stages.folder("samples"),
              RunHistory.published(configuration, stages.folder("history")),
              split);
      application.run(scoring, force);
      inputs.add(scoring.output());
    }
    boolean grouped = stages.grouped();
    if (grouped) {
      inputs.add(stages.folder("groups"));
    }
    EvaluationPlan plan = plan(configuration);
    List<Double> kappas = configuration.groups().sweep();
    String code = CodeVersion.of(Set.of(EvaluationStep.class, Scorer.class, MultiTaskModel.class));
    StringBuilder texts = new StringBuilder(code).append(plan).append(kappas);
    inputs.forEach(input -> texts.append(Fingerprint.of(input, hadoop)));
    String fingerprint = Fingerprint.ofText(texts.toString());
    ObjectNode record = folder.record();
    boolean upToDate =
        !force
            && folder.has(METRICS)
            && folder.has(REPLICATES)
            && folder.has(GATES)
            && folder.has(KAPPA_SWEEP)
            && fingerprint.equals(record.path(FINGERPRINT).asText());
    if (!upToDate) {
      Optional<Dataset<Row>> groups =
          grouped ? Optional.of(groups(spark, stages)) : Optional.empty();
      Dataset<Row> predictions = predictions(spark, folder.path(), plan.splits());
      Measured measured = new Evaluation(plan).measure(predictions, groups);
      write(folder, METRICS, measured.records());
      folder.writeText(REPLICATES, json(JSON.writer(), measured.aucs()));
      write(
          folder,
          GATES,
          new GateTable(
                  spark,
                  folder.file("best"),
                  RunHistory.published(configuration, stages.folder("history"))
                      .map(history -> DataSet.open(history.published().orElseThrow()).rows(spark)),
                  groups)
              .measure(FeatureStage.samples(spark, stages.folder("samples")), plan.splits()));
      KappaSweep sweep = new KappaSweep(plan.tasks(), lastSplit(plan.splits()), kappas);
      write(
          folder,
          KAPPA_SWEEP,
          groups.map(table -> sweep.measure(predictions, table)).orElse(List.of()));
      print(measured.records());
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
    return DataSet.open(stages.folder("groups")).rows(spark).select("user", "pair", "rho", "group");
  }

  static String lastSplit(List<String> splits) {
    return splits.contains(SplitRule.TEST) ? SplitRule.TEST : splits.get(splits.size() - 1);
  }

  private static void write(RunFolder folder, String name, Object content) {
    folder.writeText(name, json(JSON.writerWithDefaultPrettyPrinter(), content));
  }

  private static String json(ObjectWriter writer, Object content) {
    try {
      return writer.writeValueAsString(content) + "\n";
    } catch (JsonProcessingException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void print(List<MetricRecord> records) {
    for (MetricRecord record : records) {
      if (record.group().equals("all") && record.metric().equals("auc")) {
        out.println(
            String.format(
                Locale.ROOT,
                "%-6s %-12s %-12s AUC %.4f [%.4f, %.4f]  %,d rows, %,d positives",
                record.split(),
                record.task(),
                record.checkpoint() == Checkpoint.OWN_EPOCH ? "own epoch" : "common epoch",
                record.value(),
                record.ciLow(),
                record.ciHigh(),
                record.rows(),
                record.positives()));
      }
    }
  }
}
