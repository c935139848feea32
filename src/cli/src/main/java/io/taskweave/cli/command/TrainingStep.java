package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.SparkConfiguration;
import io.taskweave.cli.progress.EventFile;
import io.taskweave.cli.progress.Terminal;
import io.taskweave.cli.progress.TrainingProgress;
import io.taskweave.core.error.TaskweaveException;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.training.StockTrainer;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingOutcome;
import io.taskweave.engine.training.TrainingPlan;
import io.taskweave.pipeline.dataset.Fingerprint;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.split.SplitRule;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** Trains the model of a configuration, unless its run is finished and up to date. */
final class TrainingStep {
  private static final int STEP_EVENTS = 10;

  private final PipelineConfiguration configuration;
  private final PrintWriter out;

  TrainingStep(PipelineConfiguration configuration, PrintWriter out) {
    this.configuration = configuration;
    this.out = out;
  }

  /**
   * Trains in a Spark application of its own.
   *
   * @param resume go on from the last checkpoint of the run, if there is one
   */
  StepOutcome run(boolean force, boolean resume) {
    long start = System.nanoTime();
    SparkConfiguration spark = configuration.spark();
    SortedMap<String, String> settings = new TreeMap<>(spark.settings());
    settings.putAll(
        TrainingSettings.pinned(
            spark.master(), Integer.parseInt(settings.getOrDefault("spark.executor.cores", "1"))));
    try (SparkSession session =
        EmbeddedSpark.open(
            "train",
            new SparkConfiguration(
                spark.master(),
                spark.shufflePartitions(),
                spark.progressInterval(),
                spark.maxPartitionBytes(),
                settings))) {
      StepOutcome outcome = train(session, force, resume, start);
      out.println(outcome.line());
      out.flush();
      return outcome;
    }
  }

  private StepOutcome train(SparkSession spark, boolean force, boolean resume, long start) {
    Configuration hadoop = spark.sessionState().newHadoopConf();
    Path samples = new Path(configuration.workspace().workspace(), "samples");
    FeatureEncoder encoder = FeatureEncoder.open(samples);
    TrainingPlan plan = TrainingPlans.of(configuration, encoder.layout(), encoder.streams());
    RunFolder folder = new RunFolder(new Path(configuration.workspace().runFolder()), hadoop);
    String input = Fingerprint.of(samples, hadoop);
    String settings = Fingerprint.ofText(plan.toString());
    ObjectNode record = folder.record();
    if (!force
        && folder.isFinished()
        && input.equals(record.path("input_fingerprint").asText())
        && settings.equals(record.path("settings_hash").asText())) {
      return outcome(record, true, start, folder);
    }
    record.removeAll();
    record.put(RunFolder.STATUS, "running");
    record.put("seed", plan.seed());
    record.put("input_fingerprint", input);
    record.put("settings_hash", settings);
    folder.write(record);
    folder.writeText(RunFolder.RESOLVED, configuration.resolved());
    try (EventFile events = new EventFile(folder.file("events.jsonl"), resume, hadoop);
        TrainingProgress progress =
            new TrainingProgress(
                events,
                out,
                Terminal.isInteractive(),
                configuration.spark().progressInterval(),
                STEP_EVENTS)) {
      Dataset<Row> rows = FeatureStage.samples(spark, samples);
      TrainingOutcome trained =
          new StockTrainer(spark)
              .train(
                  plan,
                  new TrainingData(part(rows, SplitRule.TRAIN), part(rows, SplitRule.VALID)),
                  folder.path(),
                  resume,
                  progress);
      encoder.copyTo(trained.best());
      record.put(RunFolder.STATUS, RunFolder.FINISHED);
      record.put("exit_code", 0);
      record.put("best_epoch", trained.bestEpoch());
      record.put("best_mean_auc", trained.bestMeanAuc());
      record.put("epochs", trained.epochs());
      record.put("steps", trained.steps());
      record.put("seconds", (System.nanoTime() - start) / 1e9);
      folder.write(record);
      return outcome(record, false, start, folder);
    } catch (TaskweaveException failure) {
      // A cluster manager may hide the exit code; the file does not.
      record.put(RunFolder.STATUS, "failed");
      record.put("exit_code", failure.exitCode().code());
      record.put("reason", failure.getMessage());
      folder.write(record);
      throw failure;
    }
  }

  private static StepOutcome outcome(
      ObjectNode record, boolean skipped, long start, RunFolder folder) {
    return new StepOutcome(
        "train",
        skipped,
        (System.nanoTime() - start) / 1e9,
        String.format(
            Locale.ROOT,
            "best epoch %d of %d, mean validation AUC %.4f  %s",
            record.path("best_epoch").asInt(),
            record.path("epochs").asInt(),
            record.path("best_mean_auc").asDouble(),
            folder.path()));
  }

  private static Dataset<Row> part(Dataset<Row> rows, String name) {
    return rows.where(functions.col(SampleColumns.SPLIT).equalTo(name));
  }
}
