package io.taskweave.engine.sharded;

import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.lastWeights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.PcGrad;
import io.taskweave.core.dominance.ShareSummary;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.weighting.LossWeighting;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.training.DominancePlan;
import io.taskweave.engine.training.ReferenceDominance;
import io.taskweave.engine.training.TinyTraining;
import io.taskweave.engine.training.TrainingCluster;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingListener.Dominance;
import io.taskweave.engine.training.TrainingListener.TaskShare;
import io.taskweave.engine.training.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which task moves what: in one process, on several executors, and in rows that wait. */
class DominanceTest {
  private static final TrainingCluster ONE = new TrainingCluster(1, 2);
  private static final TrainingCluster TWO = new TrainingCluster(2, 1);

  /** Of tables with 80 and 120 elements, so that not all rows are measured. */
  private static final int SAMPLE = 90;

  /** So that an epoch has enough steps for a burst of several. */
  private static final int SMALL_BATCH = 4;

  @TempDir java.nio.file.Path folder;

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  private List<Dominance> train(
      TrainingPlan plan,
      TrainingData data,
      RowUpdates updates,
      TrainingCluster cluster,
      String name,
      boolean resume,
      int checkpointEvery) {
    List<Dominance> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void dominance(Dominance dominance) {
            heard.add(dominance);
          }
        };
    new ShardedTrainer(
            LocalSpark.session(),
            updates,
            RowLifetime.UNBOUNDED,
            checkpointEvery,
            SampleMemory.UNBOUNDED,
            cluster)
        .train(plan, data, run(name), resume, listener);
    return heard;
  }

  private List<Dominance> train(
      TrainingPlan plan, String name, boolean resume, int checkpointEvery) {
    return train(plan, data(), RowUpdates.DENSE, ONE, name, resume, checkpointEvery);
  }

  private List<Dominance> train(TrainingPlan plan, String name, boolean resume) {
    return train(plan, name, resume, 0);
  }

  /** Streams of one length, so that each executor has samples in the last steps of an epoch too. */
  private static TrainingData evenly(TrainingData data) {
    return new TrainingData(
        data.train().withColumn("stream", functions.expr("cast(sample_id % 4 as int)")),
        data.validation());
  }

  private List<Dominance> train(
      TrainingPlan plan, RowUpdates updates, TrainingCluster cluster, String name) {
    return train(plan, evenly(data()), updates, cluster, name, false, 0);
  }

  private static GradientClipping clipping(GradientClipping.Kind kind) {
    return new GradientClipping(kind, 0.3);
  }

  /** All elements are measured, in bursts of a plain rule. */
  private static TrainingPlan whole(int epochs, ModelSpec model) {
    return TinyTraining.builder(LAYOUT, model)
        .maxEpochs(epochs)
        .decay(new TableDecay(TableDecay.Kind.FULL, 0.01))
        .clipping(clipping(GradientClipping.Kind.SUM))
        .dominance(new DominancePlan(true, 0.9, 4, 1_000_000))
        .build();
  }

  /** Some elements are measured, in bursts of a plain rule and with rows that may wait. */
  private static TrainingPlan sampled() {
    return TinyTraining.builder()
        .batchSize(SMALL_BATCH)
        .maxEpochs(1)
        .decay(new TableDecay(TableDecay.Kind.TOUCHED, 0.01))
        .weighting(new LossWeighting.Fixed(List.of(0.3, 2.0)))
        .clipping(clipping(GradientClipping.Kind.SUM))
        .dominance(new DominancePlan(true, 0.9, 6, SAMPLE))
        .build();
  }

  private static TrainingPlan unmeasured(TrainingPlan plan) {
    return plan.toBuilder().dominance(DominancePlan.OFF).build();
  }

  static Stream<TrainingPlan> ways() {
    TrainingPlan summed = whole(2, MODEL);
    return Stream.of(
        summed,
        TinyTraining.perTask(summed, Adam.DEFAULT),
        summed.toBuilder().combination(new PcGrad()).build());
  }

  @ParameterizedTest
  @MethodSource("ways")
  void measuringDoesNotChangeABitOfTheWeights(TrainingPlan plan) throws IOException {
    assertThat(train(plan, "measured", false)).isNotEmpty();
    assertThat(train(unmeasured(plan), "plain", false)).isEmpty();
    assertThat(lastWeights(run("measured"))).isEqualTo(lastWeights(run("plain")));
  }

  @Test
  void neitherDoesItWhereRowsWaitOnTwoExecutors() throws IOException {
    TrainingPlan plan = sampled();
    assertThat(train(plan, RowUpdates.LAZY, TWO, "measured")).isNotEmpty();
    assertThat(train(unmeasured(plan), RowUpdates.LAZY, TWO, "plain")).isEmpty();
    assertThat(lastWeights(run("measured"))).isEqualTo(lastWeights(run("plain")));
  }

  @Test
  void aResumedTrainingMeasuresTheSameBursts() {
    List<Dominance> whole = train(whole(3, MODEL), "whole", false);
    train(whole(2, MODEL), "parts", false);
    List<Dominance> last = train(whole(3, MODEL), "parts", true);
    assertThat(last)
        .isNotEmpty()
        .isEqualTo(whole.subList(whole.size() - last.size(), whole.size()));
  }

  @Test
  void aTrainingThatGoesOnWithinABurstMeasuresTheRestOfIt() throws IOException {
    TrainingPlan plan =
        sampled().toBuilder().dominance(new DominancePlan(true, 0.9, 6, 1_000_000)).build();
    List<Dominance> whole = train(plan, "burst", false, 1);
    // Without that of its end, the last checkpoint is the one before the last step.
    Files.delete(
        folder.resolve("burst/checkpoints/step=" + whole.get(0).step()).resolve("state.json"));
    List<Dominance> rest = train(plan, "burst", true, 0);
    assertThat(rest)
        .hasSameSizeAs(whole)
        .allSatisfy(
            measured -> {
              assertThat(measured.measuredSteps()).isEqualTo(1);
              assertThat(measured.elements()).isPositive();
            });
  }

  @Test
  void modelsThatShareNothingAreNotMeasured() {
    ModelSpec single = new SingleTaskSpec(new EmbeddingSpec(4, 0.1), List.of(8), List.of(4), 0);
    assertThat(train(whole(1, single), "single", false)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("measured")
  void measuresWhatEachTaskMoves(TrainingPlan plan) {
    List<Dominance> measured = train(plan, "run", false);
    ReferenceDominance reference = ReferenceDominance.of(plan, data());
    assertThat(measured)
        .extracting(Dominance::parameter)
        .containsExactly("embedding/shared/user", "embedding/shared/item", "bottom/shared/linear0");
    for (int group = 0; group < measured.size(); group++) {
      Dominance actual = measured.get(group);
      ShareSummary expected = reference.summaries()[group];
      assertThat(actual.epoch()).isEqualTo(1);
      assertThat(actual.step()).isEqualTo(reference.steps());
      assertThat(actual.measuredSteps()).isEqualTo(reference.measuredSteps());
      assertThat(actual.elements()).isEqualTo(expected.elements()).isPositive();
      assertThat(actual.tasks()).extracting(TaskShare::task).containsExactly("click", "like");
      for (int task = 0; task < 2; task++) {
        TaskShare share = actual.tasks().get(task);
        assertThat(share.mean()).isCloseTo(expected.mean(task), within(1e-3));
        assertThat(share.p50()).isCloseTo(expected.percentile(task, 50), within(5e-3));
        assertThat(share.dominated()).isCloseTo(expected.dominated(task), within(0.02));
        assertThat(share.histogram().stream().mapToLong(n -> n).sum()).isEqualTo(actual.elements());
      }
    }
  }

  static Stream<TrainingPlan> measured() {
    TrainingPlan summed = whole(1, MODEL);
    return Stream.of(
        summed,
        summed.toBuilder().weighting(new LossWeighting.Fixed(List.of(0.1, 3.0))).build(),
        summed.toBuilder()
            .clipping(GradientClipping.NONE)
            .optimizer(OptimizerSpec.perTask(Adam.DEFAULT))
            .build(),
        summed.toBuilder()
            .clipping(new GradientClipping(GradientClipping.Kind.PER_TASK, 100))
            .build());
  }

  static Stream<Arguments> plans() {
    return Stream.of(
        Arguments.of("bursts of a plain rule", sampled()),
        Arguments.of(
            "AdaTask",
            sampled().toBuilder()
                .clipping(clipping(GradientClipping.Kind.PER_TASK))
                .optimizer(new OptimizerSpec(Adam.DEFAULT, true, List.of(1.0, 0.5)))
                .build()),
        Arguments.of("PCGrad", sampled().toBuilder().combination(new PcGrad()).build()));
  }

  /** Steps that a row misses are measured once they are made up for. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("plans")
  void executorsAndRowsThatWaitMeasureTheSame(String name, TrainingPlan plan) {
    List<Dominance> expected = train(plan, RowUpdates.DENSE, ONE, "one");
    assertSame(train(plan, RowUpdates.DENSE, TWO, "two"), expected);
    assertSame(train(plan, RowUpdates.CATCH_UP, TWO, "catch-up"), expected);
  }

  private static void assertSame(List<Dominance> actual, List<Dominance> expected) {
    assertThat(actual)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("tasks")
        .isEqualTo(expected)
        .isNotEmpty();
    for (int i = 0; i < expected.size(); i++) {
      for (int task = 0; task < expected.get(i).tasks().size(); task++) {
        TaskShare share = actual.get(i).tasks().get(task);
        TaskShare wanted = expected.get(i).tasks().get(task);
        assertThat(share.task()).isEqualTo(wanted.task());
        assertThat(share.mean()).isCloseTo(wanted.mean(), within(1e-4));
        assertThat(share.p10()).isCloseTo(wanted.p10(), within(2e-3));
        assertThat(share.p50()).isCloseTo(wanted.p50(), within(2e-3));
        assertThat(share.p90()).isCloseTo(wanted.p90(), within(2e-3));
        assertThat(share.dominated()).isCloseTo(wanted.dominated(), within(0.01));
      }
    }
  }
}
