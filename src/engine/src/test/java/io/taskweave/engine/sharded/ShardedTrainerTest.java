package io.taskweave.engine.sharded;

import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.hadoop;
import static io.taskweave.engine.training.TinyTraining.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.RmsProp;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.update.UpdateRule;
import io.taskweave.core.weighting.LossWeighting;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.scoring.Scorer;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingOutcome;
import io.taskweave.engine.training.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShardedTrainerTest {
  private static final TableDecay FULL = new TableDecay(TableDecay.Kind.FULL, 0.01);
  private static final TableDecay TOUCHED = new TableDecay(TableDecay.Kind.TOUCHED, 0.01);

  @TempDir java.nio.file.Path folder;

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  private static TrainingOutcome train(
      TrainingPlan plan, RowUpdates updates, int checkpointEvery, Path run, boolean resume) {
    return new ShardedTrainer(LocalSpark.session(), updates, checkpointEvery)
        .train(plan, data(), run, resume, TrainingListener.NONE);
  }

  private static TrainingOutcome train(TrainingPlan plan, RowUpdates updates, Path run) {
    return train(plan, updates, 0, run, false);
  }

  /** Of the last epoch, which is also the best under a plan with the lowest bar. */
  private static float[] weights(Path run) {
    return RunFiles.readWeights(
        hadoop(),
        new Path(RunFiles.best(run), RunFiles.WEIGHTS),
        MODEL.create(LAYOUT).parameters());
  }

  private static void assertClose(float[] actual, float[] expected, float tolerance) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(tolerance));
    }
  }

  private void adaTaskCatchesUp(UpdateRule rule) {
    TrainingPlan plan =
        plan(2, TOUCHED, 0.3, 1e-3).toBuilder()
            .weighting(new LossWeighting.Fixed(List.of(1.0, 2.0)))
            .optimizer(new OptimizerSpec(rule, true, List.of(1.0, 0.5)))
            .build();
    train(plan, RowUpdates.DENSE, run("dense"));
    train(plan, RowUpdates.CATCH_UP, run("catch-up"));
    assertClose(weights(run("catch-up")), weights(run("dense")), 5e-5f);
  }

  @Test
  void catchingUpByAdaTaskEqualsDenseRows() {
    adaTaskCatchesUp(Adam.DEFAULT);
  }

  @Test
  void catchingUpByAdaTaskWithRmsPropEqualsDenseRows() {
    adaTaskCatchesUp(RmsProp.DEFAULT);
  }

  @Test
  void catchingUpEqualsDenseRows() {
    TrainingPlan plan = plan(3, TOUCHED, 0.3, 1e-2);
    train(plan, RowUpdates.DENSE, run("dense"));
    train(plan, RowUpdates.CATCH_UP, run("catch-up"));
    assertClose(weights(run("catch-up")), weights(run("dense")), 5e-5f);
  }

  @Test
  void lazyRowsWaitAndOthersDoNot() {
    TrainingPlan plan = plan(1, TableDecay.NONE, 0, 1e-2);
    train(plan, RowUpdates.DENSE, run("dense"));
    train(plan, RowUpdates.LAZY, run("lazy"));
    float[] expected = new PlainTraining(plan, true).train();
    assertClose(weights(run("lazy")), expected, 2e-5f);
    float[] dense = weights(run("dense"));
    double apart = 0;
    for (int i = 0; i < dense.length; i++) {
      apart = Math.max(apart, Math.abs(dense[i] - expected[i]));
    }
    assertThat(apart).isGreaterThan(1e-3);
  }

  /** Of 203 samples 72 lie in the first of four streams, which gives a step four of 16. */
  @Test
  void anEpochHasAsManyStepsAsTheLongestStreamNeeds() {
    List<TrainingListener.Start> starts = new ArrayList<>();
    new ShardedTrainer(LocalSpark.session(), RowUpdates.LAZY, 0)
        .train(
            plan(1, TableDecay.NONE, 0, 1e-2),
            data(),
            run("uneven"),
            false,
            new TrainingListener() {
              @Override
              public void start(Start start) {
                starts.add(start);
              }
            });
    assertThat(starts)
        .extracting(
            TrainingListener.Start::stepsPerEpoch, TrainingListener.Start::evenStepsPerEpoch)
        .containsExactly(tuple(18, 13L));
  }

  @ParameterizedTest
  @EnumSource
  void resumesWithinAnEpochToTheSameBits(RowUpdates updates) throws IOException {
    TrainingPlan plan = plan(2, TOUCHED, 1, 1e-2);
    TrainingOutcome whole = train(plan, updates, 0, run("whole"), false);
    // What a process leaves that dies in the second epoch: checkpoints up to some step.
    int steps = (int) whole.steps();
    int within = steps / 2 / 5 * 5 + 5;
    TrainingPlan keepAll = plan.toBuilder().checkpointsKept(1000).build();
    train(keepAll, updates, 5, run("parts"), false);
    try (var checkpoints = Files.list(folder.resolve("parts/checkpoints"))) {
      for (java.nio.file.Path checkpoint : checkpoints.toList()) {
        if (Integer.parseInt(checkpoint.getFileName().toString().substring(5)) > within) {
          Files.delete(checkpoint.resolve("state.json"));
        }
      }
    }
    List<Long> trained = new ArrayList<>();
    TrainingOutcome resumed =
        new ShardedTrainer(LocalSpark.session(), updates, 0)
            .train(
                plan,
                data(),
                run("parts"),
                true,
                new TrainingListener() {
                  @Override
                  public void step(Step step) {
                    trained.add(step.step());
                  }
                });
    assertThat(trained).first().isEqualTo(within + 1L);
    assertThat(weights(run("parts"))).isEqualTo(weights(run("whole")));
    assertThat(resumed).usingRecursiveComparison().ignoringFields("best").isEqualTo(whole);
    assertThat(
            Scorer.score(
                    LocalSpark.session(),
                    resumed.best(),
                    data().validation(),
                    Scorer.Selection.COMMON_EPOCH)
                .count())
        .isEqualTo(100);
  }

  /** Removes a training's state from its executor, which is what the loss of one looks like. */
  private static TrainingListener losing(int losses, long atStep) {
    return new TrainingListener() {
      private int left = losses;

      @Override
      public void step(Step step) {
        if (step.step() == atStep && left-- > 0) {
          for (String held : ExecutorStates.held()) {
            ExecutorStates.remove(held.substring(0, held.lastIndexOf('/')), 0);
          }
        }
      }
    };
  }

  @Test
  void lostStateIsFoundAndReloadedFromTheLastCheckpoint() {
    TrainingPlan plan = plan(2, TOUCHED, 1, 1e-2);
    train(plan, RowUpdates.LAZY, run("whole"));
    new ShardedTrainer(LocalSpark.session(), RowUpdates.LAZY, 3)
        .train(plan, data(), run("lost"), false, losing(3, 7));
    assertThat(weights(run("lost"))).isEqualTo(weights(run("whole")));
    assertThat(ExecutorStates.held()).isEmpty();
  }

  @Test
  void stateThatIsLostAgainAndAgainEndsTheTraining() {
    assertThatThrownBy(
            () ->
                new ShardedTrainer(LocalSpark.session(), RowUpdates.LAZY, 3)
                    .train(plan(), data(), run("lost"), false, losing(4, 7)))
        .isInstanceOf(RetryException.class)
        .hasMessageContaining("the state of part 0 was lost");
  }

  @Test
  void fullDecayIsRefusedWhereRowsWait() {
    assertThatThrownBy(() -> train(plan(1, FULL, 0, 1e-3), RowUpdates.LAZY, run("refused")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("moves every row in every step")
        .hasMessageContaining("lazy");
  }

  @Test
  void aCheckpointOfOtherRowUpdatesIsRefused() {
    train(plan(), RowUpdates.LAZY, run("other"));
    assertThatThrownBy(() -> train(plan(), RowUpdates.DENSE, 0, run("other"), true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("row updates was lazy and is dense");
  }
}
