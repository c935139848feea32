package io.taskweave.engine.training;

import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.ROWS;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.lastWeights;
import static io.taskweave.engine.training.TinyTraining.plan;
import static io.taskweave.engine.training.TinyTraining.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.TrainingDivergedException;
import io.taskweave.core.sample.SampleBatch;
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

class TrainingTest {
  @TempDir java.nio.file.Path folder;

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  private void trainsLikeReference(TrainingPlan plan, String name) throws IOException {
    train(plan, run(name), false);
    double[] expected = ReferenceTraining.weights(plan, data());
    float[] actual = lastWeights(run(name));
    assertThat(actual).isNotEqualTo(MODEL.create(LAYOUT).parameters().initialValues(plan.seed()));
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(2e-5));
    }
  }

  @Test
  void trainsLikeOneThreadWithoutBigDl() throws IOException {
    trainsLikeReference(plan(2, TableDecay.NONE, 0, 1e-3), "plain");
  }

  @Test
  void fullDecayAndClippingEqualTheirDefinition() throws IOException {
    trainsLikeReference(plan(2, new TableDecay(TableDecay.Kind.FULL, 0.01), 0.3, 1e-3), "full");
  }

  @Test
  void touchedDecayEqualsItsDefinition() throws IOException {
    trainsLikeReference(plan(2, new TableDecay(TableDecay.Kind.TOUCHED, 0.01), 0, 1e-3), "touched");
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
    train(TinyTraining.builder().seed(8).build(), run("third"), false);
    assertThat(lastWeights(run("third"))).isNotEqualTo(lastWeights(run("first")));
  }

  @Test
  void stopsAtTheLastEpochThatPatienceAllows() {
    TrainingOutcome outcome =
        train(
            TinyTraining.builder().maxEpochs(10).patience(2).minImprovement(0.9).build(),
            run("stale"),
            false);
    assertThat(outcome.epochs()).isEqualTo(3);
    assertThat(outcome.bestEpoch()).isEqualTo(1);
  }

  @Test
  void namesEachTasksOwnBestEpoch() {
    List<TrainingListener.Epoch> epochs = new ArrayList<>();
    TrainingOutcome outcome =
        TinyTraining.trainer()
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
    assertThatThrownBy(() -> train(TinyTraining.builder().streams(3).build(), run("odd"), false))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("streams must be a multiple of executors x cores (3 streams, 1 x 2)")
        .hasMessageContaining("batch size must be a multiple of streams (16, 3 streams)");
  }
}
