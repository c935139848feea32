package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.TrainingConfiguration;
import io.taskweave.cli.progress.EventFile;
import io.taskweave.cli.progress.Terminal;
import io.taskweave.cli.progress.TrainingProgress;
import io.taskweave.core.error.ExitCode;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.error.TaskweaveException;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.weighting.LossWeighting;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.TensorBoard;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingOutcome;
import io.taskweave.engine.training.TrainingPlan;
import io.taskweave.engine.training.WarmStart;
import io.taskweave.pipeline.dataset.CodeVersion;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Fingerprint;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.history.HistoryLayout;
import io.taskweave.pipeline.split.SplitRule;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** Trains the model of a configuration, unless its run is finished and up to date. */
final class TrainingStep {
  private static final int STEP_EVENTS = 10;
  private static final String EVENTS = "events.jsonl";
  private static final String CODE_VERSION = "code_version";
  private static final String SETTINGS = "settings_hash";

  /** What becomes of a training that has not finished. */
  enum Unfinished {
    /** It starts anew. */
    RESTARTS,
    /** It goes on from its last checkpoint, if there is one, or is refused if that is another's. */
    RESUMES,
    /** It goes on if code, samples and plan are what they were, and else starts anew. */
    RESUMES_IF_UNCHANGED
  }

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
    try (TrainingApplication application = new TrainingApplication(configuration)) {
      return run(application, force, resume ? Unfinished.RESUMES : Unfinished.RESTARTS);
    }
  }

  StepOutcome run(TrainingApplication application, boolean force, Unfinished unfinished) {
    StepOutcome outcome = train(application.spark(), force, unfinished, System.nanoTime());
    out.println(outcome.line());
    out.flush();
    return outcome;
  }

  private StepOutcome train(SparkSession spark, boolean force, Unfinished unfinished, long start) {
    Configuration hadoop = spark.sessionState().newHadoopConf();
    Path samples = new Path(configuration.workspace().workspace(), "samples");
    FeatureEncoder encoder = FeatureEncoder.open(samples);
    Optional<Path> history =
        configuration
            .history()
            .plan()
            .map(any -> new Path(configuration.workspace().workspace(), "history"));
    SampleLayout layout =
        configuration
            .history()
            .plan()
            .map(sequences -> HistoryLayout.of(encoder, sequences))
            .orElse(encoder.layout());
    TrainingPlan plan = TrainingPlans.of(configuration, layout, encoder.streams());
    RunFolder folder = new RunFolder(new Path(configuration.workspace().runFolder()), hadoop);
    String input =
        RunInput.of(configuration, new Path(configuration.workspace().workspace()), hadoop)
            .fingerprint();
    TrainingConfiguration training = configuration.training();
    Optional<EarlierRun> earlier = EarlierRun.of(configuration, folder.path(), hadoop);
    String settings =
        Fingerprint.ofText(
            plan
                + " "
                + training.rowUpdates()
                + " "
                + training.rowLifetime()
                + earlier.map(run -> " " + run.identity()).orElse(""));
    requireNoLeaks(Fingerprint.of(samples, hadoop), hadoop);
    String codeVersion = CodeVersion.of(Set.of(ShardedTrainer.class, MultiTaskModel.class));
    ObjectNode record = folder.record();
    boolean unchanged =
        !force
            && codeVersion.equals(record.path(CODE_VERSION).asText())
            && input.equals(record.path(RunFolder.INPUT).asText())
            && settings.equals(record.path(SETTINGS).asText());
    if (unchanged && folder.isFinished()) {
      return outcome(record, true, start, folder);
    }
    boolean resume =
        unfinished == Unfinished.RESUMES
            || (unfinished == Unfinished.RESUMES_IF_UNCHANGED && unchanged);
    try (RunClaim claim = new RunClaim(folder.path(), hadoop)) {
      // Until the training starts, the checkpoints are those of an earlier one, or gone.
      record.retain(resume ? List.of(CODE_VERSION, RunFolder.INPUT, SETTINGS) : List.of());
      record.put(RunFolder.STATUS, "running");
      record.put("seed", plan.seed());
      record.put("optimizer", plan.optimizer().describe());
      folder.write(record);
      TrainingListener identity =
          new TrainingListener() {
            @Override
            public void start(Start start) {
              record
                  .put(CODE_VERSION, codeVersion)
                  .put(RunFolder.INPUT, input)
                  .put(SETTINGS, settings);
              folder.write(record);
              folder.removeResults();
            }
          };
      folder.writeText(RunFolder.RESOLVED, configuration.resolved());
      warn(plan);
      Optional<java.nio.file.Path> local = localFolder(folder.path(), hadoop);
      if (local.isEmpty()) {
        out.println("no TensorBoard files: they need a run folder on a local disk");
      }
      try (EventFile events = new EventFile(folder.file(EVENTS), resume, hadoop);
          TrainingProgress progress =
              new TrainingProgress(
                  events,
                  out,
                  Terminal.isInteractive(),
                  configuration.spark().progressInterval(),
                  STEP_EVENTS);
          TensorBoard board =
              local
                  .map(path -> new TensorBoard(path.resolve("tensorboard"), STEP_EVENTS))
                  .orElse(null)) {
        Dataset<Row> rows = FeatureStage.samples(spark, samples);
        FunnelCheck.require(plan.model(), plan.layout().tasks(), rows);
        Optional<WarmStart> warm =
            earlier.map(run -> run.start(spark, encoder, configuration.history().plan(), plan));
        warm.ifPresent(found -> describe(found, record));
        folder.write(record);
        TrainingOutcome trained =
            TrainingPlans.trainer(configuration.training(), spark)
                .train(
                    warm.map(weights -> plan.toBuilder().initialWeights(weights).build())
                        .orElse(plan),
                    new TrainingData(
                        part(rows, SplitRule.TRAIN),
                        part(rows, SplitRule.VALID),
                        history.map(path -> DataSet.open(path).rows(spark)),
                        input),
                    folder.path(),
                    resume,
                    claim.and(identity).and(board == null ? progress : progress.and(board)));
        encoder.copyTo(trained.best());
        DominanceFile.write(spark, folder, folder.text(EVENTS), hadoop);
        record.put(RunFolder.STATUS, RunFolder.FINISHED);
        record.put("exit_code", 0);
        describe(trained, record);
        record.put("seconds", (System.nanoTime() - start) / 1e9);
        folder.write(record);
        return outcome(record, false, start, folder);
      } catch (Exception failure) {
        RuntimeException reason = SparkFailure.reason(failure);
        // A cluster manager may hide the exit code; the file does not.
        ExitCode code =
            reason instanceof TaskweaveException known ? known.exitCode() : ExitCode.INTERNAL;
        if (claim.holds()) {
          record.put(RunFolder.STATUS, "failed");
          record.put("exit_code", code.code());
          record.put("reason", String.valueOf(reason.getMessage()));
          folder.write(record);
        }
        throw reason;
      }
    }
  }

  private static void describe(TrainingOutcome trained, ObjectNode record) {
    record.put("best_epoch", trained.bestEpoch());
    record.put("best_mean_auc", trained.bestMeanAuc());
    ObjectNode bestByTask = record.putObject("best_by_task");
    trained
        .bestByTask()
        .forEach(
            (task, best) ->
                bestByTask.putObject(task).put("epoch", best.epoch()).put("auc", best.auc()));
    record.put("epochs", trained.epochs());
    record.put("steps", trained.steps());
  }

  private static void describe(WarmStart warm, ObjectNode record) {
    record
        .putObject("warm_start")
        .put("run", warm.source())
        .put("kept_ids", warm.counts().kept())
        .put("new_ids", warm.counts().added())
        .put("gone_ids", warm.counts().gone());
  }

  /** Says what a user may have meant otherwise. */
  private void warn(TrainingPlan plan) {
    List<String> tasks = plan.layout().tasks();
    if (!plan.optimizer().perTask()) {
      return;
    }
    boolean nothingShared =
        plan.slots(plan.model().create(plan.layout()).parameters(), 1).slots().shared() == 0;
    if (nothingShared) {
      out.println(
          "note: no parameter is reached by more than one task, so AdaTask equals plain "
              + plan.optimizer().rule().type());
    } else if (!plan.weighting().equals(LossWeighting.Fixed.equal(tasks.size()))) {
      out.println(
          "warning: weights of losses have no effect on AdaTask, whose steps do not depend on the"
              + " scale of a loss; use training.optimizer.step-weights");
    }
    out.flush();
  }

  /** What the audit of these samples has refused is not trained on either. */
  private void requireNoLeaks(String samples, Configuration hadoop) {
    Stage audit = new DataStages(configuration).sampleAudit();
    Manifest.find(audit.output(), hadoop)
        .filter(published -> published.settings().equals(audit.settings()))
        .filter(
            published ->
                published.inputs().stream().allMatch(read -> read.fingerprint().equals(samples)))
        .ifPresent(audit::accept);
  }

  /** The folder on this machine's disk; empty if it is elsewhere. */
  private static Optional<java.nio.file.Path> localFolder(Path folder, Configuration hadoop) {
    try {
      return folder.getFileSystem(hadoop) instanceof LocalFileSystem local
          ? Optional.of(local.pathToFile(folder).toPath())
          : Optional.empty();
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot use " + folder + ": " + failure.getMessage() + ", check the folder", failure);
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
