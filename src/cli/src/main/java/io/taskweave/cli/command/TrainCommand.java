package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.SparkConfiguration;
import io.taskweave.cli.progress.EventFile;
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
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = "Trains the model on the samples; skipped if the run is finished and up to date.",
    footer = {
      "",
      "Example:",
      "  taskweave train conf/kuairand-stem.conf --set model.type=shared-bottom --run-name shared"
    })
final class TrainCommand implements Callable<Integer> {
  private static final String STATUS = "status";
  private static final String FINISHED = "finished";
  private static final int STEP_EVENTS = 10;

  @Mixin private PipelineOptions options = new PipelineOptions();

  @Option(names = "--force", description = "Train even if the run is finished and up to date.")
  private boolean force;

  @Option(names = "--resume", description = "Go on from the last checkpoint of the run.")
  private boolean resume;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PipelineConfiguration configuration = options.load();
    LogFile.below(configuration.workspace().workspace());
    SparkConfiguration spark = configuration.spark();
    SortedMap<String, String> settings = new TreeMap<>(spark.settings());
    settings.putAll(
        TrainingSettings.pinned(
            spark.master(), Integer.parseInt(settings.getOrDefault("spark.executor.cores", "1"))));
    try (SparkSession session =
        EmbeddedSpark.open(
            spec.name(),
            new SparkConfiguration(
                spark.master(),
                spark.shufflePartitions(),
                spark.progressInterval(),
                spark.maxPartitionBytes(),
                settings))) {
      train(configuration, session);
    }
    return 0;
  }

  private void train(PipelineConfiguration configuration, SparkSession spark) {
    PrintWriter out = spec.commandLine().getOut();
    Configuration hadoop = spark.sessionState().newHadoopConf();
    Path samples = new Path(configuration.workspace().workspace(), "samples");
    FeatureEncoder encoder = FeatureEncoder.open(samples);
    TrainingPlan plan = TrainingPlans.of(configuration, encoder.layout(), encoder.streams());
    RunFolder folder = new RunFolder(new Path(configuration.workspace().runFolder()), hadoop);
    String input = Fingerprint.of(samples, hadoop);
    String settings = Fingerprint.ofText(plan.toString());
    ObjectNode record = folder.record();
    if (!force
        && FINISHED.equals(record.path(STATUS).asText())
        && input.equals(record.path("input_fingerprint").asText())
        && settings.equals(record.path("settings_hash").asText())) {
      out.println("train      up to date  " + folder.path());
      out.flush();
      return;
    }
    record.removeAll();
    record.put(STATUS, "running");
    record.put("seed", plan.seed());
    record.put("input_fingerprint", input);
    record.put("settings_hash", settings);
    folder.write(record);
    folder.writeText(RunFolder.RESOLVED, configuration.resolved());
    long start = System.nanoTime();
    try (EventFile events = new EventFile(folder.file("events.jsonl"), resume, hadoop);
        TrainingProgress progress =
            new TrainingProgress(
                events, out, onTerminal(), configuration.spark().progressInterval(), STEP_EVENTS)) {
      Dataset<Row> rows = FeatureStage.samples(spark, samples);
      TrainingOutcome outcome =
          new StockTrainer(spark)
              .train(
                  plan,
                  new TrainingData(part(rows, SplitRule.TRAIN), part(rows, SplitRule.VALID)),
                  folder.path(),
                  resume,
                  progress);
      encoder.copyTo(outcome.best());
      record.put(STATUS, FINISHED);
      record.put("exit_code", 0);
      record.put("best_epoch", outcome.bestEpoch());
      record.put("best_mean_auc", outcome.bestMeanAuc());
      record.put("epochs", outcome.epochs());
      record.put("steps", outcome.steps());
      record.put("seconds", (System.nanoTime() - start) / 1e9);
      folder.write(record);
      out.println(
          String.format(
              Locale.ROOT,
              "train      done  best epoch %d of %d, mean validation AUC %.4f  %s",
              outcome.bestEpoch(),
              outcome.epochs(),
              outcome.bestMeanAuc(),
              folder.path()));
      out.flush();
    } catch (TaskweaveException failure) {
      // A cluster manager may hide the exit code; the file does not.
      record.put(STATUS, "failed");
      record.put("exit_code", failure.exitCode().code());
      record.put("reason", failure.getMessage());
      folder.write(record);
      throw failure;
    }
  }

  @SuppressWarnings("SystemConsoleNull") // Built for and run on Java 17.
  private static boolean onTerminal() {
    return System.console() != null;
  }

  private static Dataset<Row> part(Dataset<Row> rows, String name) {
    return rows.where(functions.col(SampleColumns.SPLIT).equalTo(name));
  }
}
