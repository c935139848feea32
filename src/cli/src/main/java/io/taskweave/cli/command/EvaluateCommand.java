package io.taskweave.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.cli.configuration.EvaluationConfiguration;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.TaskConfiguration;
import io.taskweave.core.metric.GaucWeighting;
import io.taskweave.core.metric.MetricRecord;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.evaluate.Evaluation;
import io.taskweave.pipeline.evaluate.EvaluationPlan;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Scores the splits with the best weights of a run and measures the predictions.",
    footer = {"", "Example:", "  taskweave evaluate conf/kuairand-stem.conf --run-name shared"})
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private PipelineOptions options = new PipelineOptions();

  @Option(names = "--force", description = "Score again even if the predictions are up to date.")
  private boolean force;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PipelineConfiguration configuration = options.load();
    LogFile.below(configuration.workspace().workspace());
    try (SparkSession spark = EmbeddedSpark.open(spec.name(), configuration.spark())) {
      evaluate(configuration, spark);
    }
    return 0;
  }

  private void evaluate(PipelineConfiguration configuration, SparkSession spark) {
    EvaluationConfiguration evaluation = configuration.evaluation();
    RunFolder folder =
        new RunFolder(
            new Path(configuration.workspace().runFolder()), spark.sessionState().newHadoopConf());
    DataStages stages = new DataStages(configuration);
    ScoringStage scoring =
        new ScoringStage(stages.folder("samples"), folder.path(), evaluation.splits());
    new StageRunner(spark, Progress.NONE).run(scoring, force);
    Optional<Dataset<Row>> groups =
        configuration.groups().enabled() && configuration.tasks().size() > 1
            ? Optional.of(
                DataSet.open(stages.folder("groups")).rows(spark).select("user", "pair", "group"))
            : Optional.empty();
    EvaluationPlan plan =
        new EvaluationPlan(
            configuration.tasks().stream().map(TaskConfiguration::name).toList(),
            evaluation.splits(),
            evaluation.gaucWeightings().stream()
                .map(name -> GaucWeighting.valueOf(name.toUpperCase(Locale.ROOT)))
                .toList(),
            evaluation.calibrationBins(),
            evaluation.replicates(),
            configuration.workspace().seed());
    List<MetricRecord> records =
        new Evaluation(plan).measure(DataSet.open(scoring.output()).rows(spark), groups);
    try {
      folder.writeText(
          "metrics.json",
          JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(records)
              + "\n");
    } catch (JsonProcessingException failure) {
      throw new UncheckedIOException(failure);
    }
    PrintWriter out = spec.commandLine().getOut();
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
    out.println("metrics in " + folder.file("metrics.json"));
    out.flush();
  }
}
