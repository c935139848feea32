package io.taskweave.engine.sharded;

import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.hadoop;
import static io.taskweave.engine.training.TinyTraining.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.PcGrad;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.weighting.LossWeighting;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.engine.training.TrainingCluster;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingOutcome;
import io.taskweave.engine.training.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.TestBlockId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scala.collection.Iterator;

/** Parts of one process exchange as executors do, through the same blocks. */
class ExchangedTrainingTest {
  private static final TableDecay TOUCHED = new TableDecay(TableDecay.Kind.TOUCHED, 0.01);
  private static final TrainingCluster ONE = new TrainingCluster(1, 2);
  private static final TrainingCluster TWO = new TrainingCluster(2, 1);

  @TempDir java.nio.file.Path folder;

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  private static ShardedTrainer trainer(RowUpdates updates, int every, TrainingCluster cluster) {
    return new ShardedTrainer(
        LocalSpark.session(),
        updates,
        RowLifetime.UNBOUNDED,
        every,
        SampleMemory.UNBOUNDED,
        cluster);
  }

  private TrainingOutcome train(
      TrainingPlan plan, RowUpdates updates, TrainingCluster cluster, String name) {
    return trainer(updates, 0, cluster)
        .train(plan, data(), run(name), false, TrainingListener.NONE);
  }

  private float[] weights(String run) {
    return RunFiles.readWeights(
        hadoop(),
        new Path(RunFiles.best(run(run)), RunFiles.WEIGHTS),
        MODEL.create(LAYOUT).parameters());
  }

  /** Every epoch counts as an improvement, so the best weights are the last. */
  private static TrainingPlan lastIsBest(TableDecay decay, double clip) {
    return plan(2, decay, clip, 1e-2);
  }

  private static TrainingPlan perTask(TrainingPlan plan) {
    return plan.toBuilder()
        .weighting(new LossWeighting.Uncertainty())
        .clipping(new GradientClipping(GradientClipping.Kind.PER_TASK, 0.3))
        .optimizer(new OptimizerSpec(Adam.DEFAULT, true, List.of(1.0, 0.5)))
        .build();
  }

  private void assertTwoEqualOne(TrainingPlan plan, RowUpdates updates) {
    TrainingOutcome one = train(plan, updates, ONE, "one");
    TrainingOutcome two = train(plan, updates, TWO, "two");
    assertThat(weights("two")).isEqualTo(weights("one"));
    assertThat(two).usingRecursiveComparison().ignoringFields("best").isEqualTo(one);
  }

  @ParameterizedTest
  @EnumSource
  void twoExecutorsTrainToTheBitsOfOneWithTwoCores(RowUpdates updates) {
    assertTwoEqualOne(lastIsBest(TableDecay.NONE, 0), updates);
  }

  @ParameterizedTest
  @EnumSource
  void clippingTakesOneNormOverAllExecutors(RowUpdates updates) {
    assertTwoEqualOne(lastIsBest(TOUCHED, 0.3), updates);
  }

  @ParameterizedTest
  @EnumSource
  void adaTaskWithLearnedLossWeightsHasTheSameBits(RowUpdates updates) {
    assertTwoEqualOne(perTask(lastIsBest(TOUCHED, 0)), updates);
  }

  @Test
  void combinedGradientsAndLossWeightsByTheirNormsHaveTheSameBits() {
    assertTwoEqualOne(
        lastIsBest(TOUCHED, 0.3).toBuilder()
            .weighting(new LossWeighting.GradNorm(1.5, 0.5))
            .combination(new PcGrad())
            .build(),
        RowUpdates.CATCH_UP);
  }

  @Test
  void moreCoresStayWithinTheSpreadOfAnotherOrderOfSums() {
    TrainingPlan plan = perTask(lastIsBest(TOUCHED, 0));
    train(plan, RowUpdates.CATCH_UP, ONE, "one");
    train(plan, RowUpdates.CATCH_UP, new TrainingCluster(2, 2), "four-threads");
    float[] one = weights("one");
    float[] threads = weights("four-threads");
    for (int i = 0; i < one.length; i++) {
      assertThat(threads[i]).isCloseTo(one[i], within(2e-5f));
    }
  }

  private static Set<String> exchangeBlocks() {
    Set<String> names = new TreeSet<>();
    Iterator<BlockId> blocks =
        SparkEnv.get()
            .blockManager()
            .getMatchingBlockIds(id -> id instanceof TestBlockId)
            .iterator();
    while (blocks.hasNext()) {
      names.add(blocks.next().name());
    }
    return names;
  }

  @Test
  void blocksAreRemovedOnceTheyAreRead() {
    List<Integer> counts = new ArrayList<>();
    trainer(RowUpdates.LAZY, 0, TWO)
        .train(
            lastIsBest(TOUCHED, 0.3),
            data(),
            run("blocks"),
            false,
            new TrainingListener() {
              @Override
              public void step(Step step) {
                counts.add(exchangeBlocks().size());
              }
            });
    // Those of the dense parameters stay, and two of each of three kinds.
    assertThat(counts).allSatisfy(count -> assertThat(count).isBetween(10, 24));
    assertThat(exchangeBlocks()).isEmpty();
    assertThat(ExecutorStates.held()).isEmpty();
  }

  /** A training of which something is lost each time that it starts, up to a number of times. */
  private static TrainingListener losing(int losses, Runnable loss) {
    return new TrainingListener() {
      private int left = losses;
      private boolean starts;

      @Override
      public void start(Start start) {
        starts = true;
      }

      @Override
      public void step(Step step) {
        if (starts && step.step() >= 7 && left > 0) {
          starts = false;
          left--;
          loss.run();
        }
      }
    };
  }

  private static void loseState() {
    for (String held : ExecutorStates.held()) {
      if (held.endsWith("/1")) {
        ExecutorStates.remove(held.substring(0, held.lastIndexOf('/')), 1);
      }
    }
  }

  private static void loseBlocks(String part) {
    for (String name : exchangeBlocks()) {
      if (name.contains(part)) {
        SparkEnv.get().blockManager().removeBlock(new TestBlockId(name.substring(5)), true);
      }
    }
  }

  private void assertReloadsAfter(Runnable loss) {
    TrainingPlan plan = lastIsBest(TOUCHED, 1);
    train(plan, RowUpdates.LAZY, TWO, "whole");
    trainer(RowUpdates.LAZY, 3, TWO).train(plan, data(), run("lost"), false, losing(3, loss));
    assertThat(weights("lost")).isEqualTo(weights("whole"));
    assertThat(exchangeBlocks()).isEmpty();
    assertThatThrownBy(
            () ->
                trainer(RowUpdates.LAZY, 3, TWO)
                    .train(plan, data(), run("again"), false, losing(4, loss)))
        .isInstanceOf(RetryException.class)
        .hasMessageContaining("lost")
        .hasMessageContaining("resume from the last checkpoint");
  }

  @Test
  void aLostStateIsReloadedFromTheLastCheckpoint() {
    assertReloadsAfter(ExchangedTrainingTest::loseState);
  }

  @Test
  void lostRowsAreFound() {
    assertReloadsAfter(() -> loseBlocks("-WEIGHTS-"));
  }

  @Test
  void lostDenseWeightsAreFound() {
    assertReloadsAfter(() -> loseBlocks("weightBytes1"));
  }

  private void keepCheckpoints(String run, long upTo) throws IOException {
    try (var checkpoints = Files.list(folder.resolve(run).resolve("checkpoints"))) {
      for (java.nio.file.Path checkpoint : checkpoints.toList()) {
        if (Integer.parseInt(checkpoint.getFileName().toString().substring(5)) > upTo) {
          Files.delete(checkpoint.resolve("state.json"));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void resumesWithinAnEpochToTheSameBitsOnAnyNumberOfExecutors(RowUpdates updates)
      throws IOException {
    TrainingPlan plan = perTask(lastIsBest(TOUCHED, 0));
    TrainingOutcome whole = train(plan, updates, ONE, "whole");
    long within = whole.steps() / 2 / 5 * 5 + 5;
    TrainingPlan keepAll = plan.toBuilder().checkpointsKept(1000).build();
    trainer(updates, 5, TWO).train(keepAll, data(), run("parts"), false, TrainingListener.NONE);
    keepCheckpoints("parts", within);
    trainer(updates, 5, ONE).train(keepAll, data(), run("parts"), true, TrainingListener.NONE);
    keepCheckpoints("parts", within + 5);
    TrainingOutcome outcome =
        trainer(updates, 0, TWO).train(plan, data(), run("parts"), true, TrainingListener.NONE);
    assertThat(weights("parts")).isEqualTo(weights("whole"));
    assertThat(outcome).usingRecursiveComparison().ignoringFields("best").isEqualTo(whole);
  }
}
