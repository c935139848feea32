package io.taskweave.engine.training;

import static io.taskweave.engine.training.TinyTraining.BATCH;
import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.ROWS;
import static io.taskweave.engine.training.TinyTraining.STREAMS;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.lastWeights;
import static io.taskweave.engine.training.TinyTraining.plan;
import static io.taskweave.engine.training.TinyTraining.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.TrainingDivergedException;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.update.SlotUpdate;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.scoring.Scorer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.TestBlockId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StockTrainerTest {
  @TempDir java.nio.file.Path folder;

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  /** The same mathematics on one thread, without Spark's or BigDL's part in it. */
  private static float[] reference(TrainingPlan plan) {
    StreamPartition all = StreamLoader.load(data().train(), Optional.empty(), plan, 1).first();
    MultiTaskModel model = MODEL.create(LAYOUT);
    ParameterLayout layout = model.parameters();
    Slice.Tables tables = Slice.Tables.of(MODEL, LAYOUT);
    float[] weights = layout.initialValues(plan.seed());
    float[][] moments = new float[2][weights.length];
    SlotUpdate update = new SlotUpdate(plan.adam(), 1);
    int perStream = BATCH / STREAMS;
    int steps = (all.longestStream() + perStream - 1) / perStream;
    double rate = plan.learningRate();
    long step = 0;
    for (int epoch = 1; epoch <= plan.maxEpochs(); epoch++, rate /= 2) {
      for (int inEpoch = 0; inEpoch < steps; inEpoch++) {
        SampleBatch batch = all.batch(epoch, inEpoch, perStream, 0, STREAMS);
        float[] logits = new float[2 * batch.count()];
        float[] errors = new float[logits.length];
        float[] gradient = new float[weights.length];
        double[] labelled = new double[2];
        LogLoss.addWeights(batch, labelled);
        float[] factors = {
          labelled[0] > 0 ? (float) (1 / labelled[0]) : 0,
          labelled[1] > 0 ? (float) (1 / labelled[1]) : 0
        };
        ParameterStorage storage = ParameterStorage.flat(layout, weights, 0);
        model.forward(storage, batch, 0, logits);
        LogLoss.gradient(batch, logits, factors, errors);
        model.backward(
            storage, batch, errors, Gradients.summed(ParameterStorage.flat(layout, gradient, 0)));
        Slice.of(0, 1, weights.length).decay(tables, plan.decay(), weights, 0, gradient, 0);
        double squares = 0;
        for (float value : gradient) {
          squares += (double) value * value;
        }
        double scale = plan.clipNorm() / (Math.sqrt(squares) + 1e-6);
        if (plan.clipNorm() > 0 && scale < 1) {
          for (int i = 0; i < gradient.length; i++) {
            gradient[i] *= (float) scale;
          }
        }
        update.perTask(
            weights, 0, gradient, 0, moments, 0, weights.length, rate, ++step, new float[0], null);
      }
    }
    return weights;
  }

  private void trainsLikeReference(String name, TableDecay decay, double clip) throws IOException {
    TrainingPlan plan = plan(2, decay, clip, 1e-3);
    train(plan, run(name), false);
    float[] expected = reference(plan);
    float[] start = MODEL.create(LAYOUT).parameters().initialValues(plan.seed());
    assertThat(start).isNotEqualTo(expected);
    float[] actual = lastWeights(run(name));
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(2e-5f));
    }
  }

  @Test
  void trainsLikeOneThreadWithoutBigDl() throws IOException {
    trainsLikeReference("plain", TableDecay.NONE, 0);
  }

  @Test
  void fullDecayAndClippingEqualTheirDefinition() throws IOException {
    trainsLikeReference("full", new TableDecay(TableDecay.Kind.FULL, 0.01), 0.3);
  }

  @Test
  void touchedDecayEqualsItsDefinition() throws IOException {
    trainsLikeReference("touched", new TableDecay(TableDecay.Kind.TOUCHED, 0.01), 0);
  }

  @Test
  void resumesToTheSameBits() throws IOException {
    TableDecay decay = new TableDecay(TableDecay.Kind.FULL, 0.01);
    TrainingOutcome whole = train(plan(4, decay, 1, 1e-2), run("whole"), false);
    train(plan(2, decay, 1, 1e-2), run("parts"), false);
    TrainingOutcome resumed = train(plan(4, decay, 1, 1e-2), run("parts"), true);
    assertThat(lastWeights(run("parts"))).isEqualTo(lastWeights(run("whole")));
    assertThat(resumed).usingRecursiveComparison().ignoringFields("best").isEqualTo(whole);
    try (var kept = Files.list(folder.resolve("parts").resolve("checkpoints"))) {
      assertThat(kept).hasSize(2);
    }
    List<Row> scored =
        Scorer.score(
                LocalSpark.session(),
                whole.best(),
                data().validation(),
                Scorer.Selection.COMMON_EPOCH)
            .collectAsList();
    assertThat(scored).hasSize(100);
    assertThat(scored.get(0).schema().fieldNames())
        .containsExactly("sample_id", "label_click", "label_like", "score_click", "score_like");
  }

  @Test
  void everyRowComesOnceInAnEpochWhateverThePartitions() {
    TrainingPlan plan = plan(1, TableDecay.NONE, 0, 1e-3);
    StreamPartition one = StreamLoader.load(data().train(), Optional.empty(), plan, 1).first();
    List<StreamPartition> two =
        StreamLoader.load(data().train(), Optional.empty(), plan, 2).collect();
    int steps = (one.longestStream() + 3) / 4;
    Set<Long> seen = new HashSet<>();
    for (int step = 0; step < steps; step++) {
      List<Long> whole = ids(one.batch(3, step, 4, 0, 4));
      List<Long> parts = new ArrayList<>(ids(two.get(0).batch(3, step, 4, 0, 2)));
      parts.addAll(ids(two.get(1).batch(3, step, 4, 0, 2)));
      assertThat(parts).isEqualTo(whole);
      whole.forEach(id -> assertThat(seen.add(id)).isTrue());
    }
    assertThat(seen).hasSize(ROWS);
  }

  private static List<Long> ids(SampleBatch batch) {
    return Arrays.stream(batch.rows(), 0, batch.count())
        .mapToObj(row -> batch.block().sampleIds()[row])
        .toList();
  }

  @Test
  void divergenceNamesStepAndTask() {
    assertThatThrownBy(() -> train(plan(3, TableDecay.NONE, 0, 1e30), run("diverged"), false))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("at step ");
  }

  @Test
  void oneSeedGivesTheSameBitsTwiceAndAnotherSeedOthers() throws IOException {
    train(plan(), run("first"), false);
    train(plan(), run("second"), false);
    assertThat(lastWeights(run("second"))).isEqualTo(lastWeights(run("first")));
    TrainingPlan same = plan();
    train(
        new TrainingPlan(
            same.layout(),
            same.model(),
            same.seed() + 1,
            same.batchSize(),
            same.maxEpochs(),
            same.streams(),
            same.learningRate(),
            same.adam(),
            same.decay(),
            same.clipNorm(),
            same.schedule(),
            same.patience(),
            same.minImprovement(),
            same.checkpointsKept()),
        run("third"),
        false);
    assertThat(lastWeights(run("third"))).isNotEqualTo(lastWeights(run("first")));
  }

  @Test
  void stopsAtTheLastEpochThatPatienceAllows() {
    TrainingOutcome outcome =
        train(
            plan(MODEL, BATCH, STREAMS, 10, TableDecay.NONE, 0, 1e-3, 2, 0.9), run("stale"), false);
    assertThat(outcome.epochs()).isEqualTo(3);
    assertThat(outcome.bestEpoch()).isEqualTo(1);
  }

  @Test
  void namesEachTasksOwnBestEpoch() {
    List<TrainingListener.Epoch> epochs = new ArrayList<>();
    TrainingOutcome outcome =
        new StockTrainer(LocalSpark.session())
            .train(
                plan(4, TableDecay.NONE, 0, 1e-2),
                data(),
                run("tasks"),
                false,
                new TrainingListener() {
                  @Override
                  public void epoch(Epoch epoch) {
                    epochs.add(epoch);
                  }
                });
    for (String task : LAYOUT.tasks()) {
      BestEpoch best = outcome.bestByTask().get(task);
      assertThat(epochs)
          .allSatisfy(
              epoch ->
                  assertThat(epoch.validationAucByTask().get(task))
                      .isLessThanOrEqualTo(best.auc()));
      assertThat(epochs.get(best.epoch() - 1).validationAucByTask())
          .containsEntry(task, best.auc());
    }
  }

  @Test
  void leavesNothingInStorage() {
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(LocalSpark.session().sparkContext());
    Set<Integer> cachedByOthers = context.getPersistentRDDs().keySet();
    for (int epochs = 1; epochs <= 3; epochs++) {
      // The second and third go on from the checkpoint before.
      train(plan(epochs, TableDecay.NONE, 1, 1e-2), run("storage"), epochs > 1);
      assertThat(SparkEnv.get().blockManager().getMatchingBlockIds(id -> id instanceof TestBlockId))
          .matches(blocks -> blocks.isEmpty(), "no block of the exchange");
      assertThat(context.getPersistentRDDs().keySet()).isEqualTo(cachedByOthers);
    }
  }

  @Test
  void refusesStreamsAndBatchesThatDoNotDivide() {
    assertThatThrownBy(
            () ->
                train(plan(MODEL, 16, 3, 1, TableDecay.NONE, 0, 1e-3, 1, 1e-6), run("odd"), false))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("streams must be a multiple of executors x cores (3 streams, 1 x 2)")
        .hasMessageContaining("batch size must be a multiple of streams (16, 3 streams)");
  }
}
