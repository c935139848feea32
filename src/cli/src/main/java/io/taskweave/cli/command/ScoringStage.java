package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.engine.scoring.Scorer;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.importing.TableReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** Scores rows with a run's best weights and publishes the predictions. */
final class ScoringStage implements Stage {
  static final String PREDICTIONS = "predictions";

  private final Path run;
  private final Path input;
  private final Path output;
  private final String rows;
  private final Scorer.Selection selection;
  private final Function<SparkSession, Dataset<Row>> samples;
  private final Optional<RunHistory> history;

  private ScoringStage(
      Path run,
      Path input,
      Path output,
      String rows,
      Scorer.Selection selection,
      Function<SparkSession, Dataset<Row>> samples,
      Optional<RunHistory> history) {
    this.run = run;
    this.input = input;
    this.output = output;
    this.rows = rows;
    this.selection = selection;
    this.samples = samples;
    this.history = history;
  }

  /**
   * Scores a split of the samples that the run was made of, into the run's folder, at the common
   * best epoch and at each task's own.
   *
   * @param history of a run whose samples see histories
   */
  static ScoringStage ofSplit(Path run, Path samples, Optional<RunHistory> history, String split) {
    return new ScoringStage(
        run,
        samples,
        predictions(run, split),
        "split " + split,
        Scorer.Selection.BOTH,
        spark ->
            FeatureStage.samples(spark, samples)
                .where(functions.col(SampleColumns.SPLIT).equalTo(split)),
        history);
  }

  /**
   * Scores a table that the run has not seen, encoded as its samples were.
   *
   * @param table a published log, or Parquet, CSV or TSV with the columns of the log
   * @param history as in {@link #ofSplit}
   * @param ownEpochs score each task by the weights of its own best epoch
   */
  static ScoringStage ofTable(
      Path run, TableFile table, Optional<RunHistory> history, Path output, boolean ownEpochs) {
    return new ScoringStage(
        run,
        table.path(),
        output,
        "table " + table.format(),
        ownEpochs ? Scorer.Selection.OWN_EPOCH : Scorer.Selection.COMMON_EPOCH,
        spark ->
            FeatureEncoder.open(best(run)).encode(rows(table, history, new TableReader(spark))),
        history);
  }

  private static Dataset<Row> rows(
      TableFile table, Optional<RunHistory> history, TableReader reader) {
    return history
        .map(past -> past.requireTimes(table, table.rows(reader, Set.of(SampleColumns.TIME))))
        .orElseGet(() -> table.rows(reader, Set.of()));
  }

  /** Where the predictions of a split lie. */
  static Path predictions(Path run, String split) {
    return new Path(run, PREDICTIONS + "/split=" + split);
  }

  @Override
  public String name() {
    return "score";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    List<Path> inputs = new ArrayList<>(List.of(input, best(run)));
    history.map(RunHistory::inputs).ifPresent(inputs::addAll);
    return inputs;
  }

  @Override
  public SortedMap<String, String> settings() {
    TreeMap<String, String> settings = new TreeMap<>();
    settings.put("rows", rows);
    settings.put("selection", selection.name());
    return settings;
  }

  /** Scores are made by the engine out of the models in {@code core}. */
  @Override
  public Set<Class<?>> code() {
    return Set.of(ScoringStage.class, Scorer.class, MultiTaskModel.class);
  }

  @Override
  public StageResult run(StageContext context) {
    context.progress().update("score " + rows, 0, 0);
    Dataset<Row> scored = samples.apply(context.spark());
    return context.writeRows(
        Scorer.score(
            context.spark(),
            best(run),
            scored,
            history.map(known -> known.rows(context.spark(), best(run), scored)),
            selection),
        JsonNodeFactory.instance.objectNode());
  }

  private static Path best(Path run) {
    return new Path(run, "best");
  }
}
