package io.taskweave.engine.sharded;

import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.lastWeights;
import static io.taskweave.engine.training.TinyTraining.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.error.TrainingDivergedException;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.cluster.TrainingMemory;
import io.taskweave.engine.training.ChunkFiles;
import io.taskweave.engine.training.DominancePlan;
import io.taskweave.engine.training.TinyTraining;
import io.taskweave.engine.training.TrainingCluster;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingOutcome;
import io.taskweave.engine.training.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Samples that stream from disk in four chunks of two or three steps. */
class StreamedTrainingTest {
  private static final TrainingCluster ONE = new TrainingCluster(1, 2);
  private static final TrainingCluster TWO = new TrainingCluster(2, 1);

  /** Four chunks of what one executor holds, or of what each of two does. */
  private static final SampleMemory OF_ONE = new SampleMemory(4380);

  private static final SampleMemory OF_TWO = new SampleMemory(2190);

  /** Step after which the last chunk but one of the last epoch begins, which has three steps. */
  private static final int CHUNK_START = 17;

  /** What one executor trains without a break, which several tests compare with. */
  private static final Map<RowUpdates, Whole> WHOLE = new EnumMap<>(RowUpdates.class);

  @SuppressWarnings("ArrayRecordComponent")
  private record Whole(TrainingOutcome outcome, float[] weights) {}

  @TempDir java.nio.file.Path folder;

  private Path run(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  private static TrainingPlan twoEpochs() {
    return TinyTraining.builder()
        .batchSize(2 * TinyTraining.BATCH)
        .decay(new TableDecay(TableDecay.Kind.TOUCHED, 0.01))
        .clipping(new GradientClipping(GradientClipping.Kind.SUM, 0.3))
        .checkpointsKept(1000)
        .build();
  }

  private TrainingOutcome train(
      TrainingPlan plan,
      RowUpdates updates,
      SampleMemory memory,
      TrainingCluster cluster,
      int checkpointEvery,
      String name,
      boolean resume,
      TrainingListener listener) {
    return new ShardedTrainer(
            LocalSpark.session(), updates, RowLifetime.UNBOUNDED, checkpointEvery, memory, cluster)
        .train(plan, data(), run(name), resume, listener);
  }

  private TrainingOutcome train(
      TrainingPlan plan,
      RowUpdates updates,
      SampleMemory memory,
      TrainingCluster cluster,
      String name) {
    return train(plan, updates, memory, cluster, 0, name, false, TrainingListener.NONE);
  }

  private TrainingOutcome train(
      RowUpdates updates,
      SampleMemory memory,
      TrainingCluster cluster,
      int checkpointEvery,
      String name,
      boolean resume) {
    return train(
        twoEpochs(),
        updates,
        memory,
        cluster,
        checkpointEvery,
        name,
        resume,
        TrainingListener.NONE);
  }

  private void assertWhole(RowUpdates updates, TrainingOutcome outcome, String name) {
    Whole whole =
        WHOLE.computeIfAbsent(
            updates,
            these ->
                new Whole(
                    train(twoEpochs(), these, OF_ONE, ONE, "whole"), lastWeights(run("whole"))));
    assertThat(lastWeights(run(name))).isEqualTo(whole.weights());
    assertThat(outcome)
        .usingRecursiveComparison()
        .ignoringFields("best")
        .isEqualTo(whole.outcome());
  }

  @AfterEach
  void noFileStays() {
    assertThat(ChunkFiles.present()).isEmpty();
    assertThat(ExecutorStates.held()).isEmpty();
  }

  @Test
  void samplesThatFitTrainToTheBitsOfATrainingWithoutBound() {
    train(twoEpochs(), RowUpdates.LAZY, SampleMemory.UNBOUNDED, ONE, "unbounded");
    train(twoEpochs(), RowUpdates.LAZY, new SampleMemory(5278), ONE, "fitting");
    train(twoEpochs(), RowUpdates.LAZY, new SampleMemory(5277), ONE, "streamed");
    assertThat(lastWeights(run("fitting"))).isEqualTo(lastWeights(run("unbounded")));
    assertThat(lastWeights(run("streamed"))).isNotEqualTo(lastWeights(run("unbounded")));
  }

  @Test
  void adaTaskWithItsDominanceDoesSoToo() {
    TrainingPlan plan =
        TinyTraining.perTask(twoEpochs(), Adam.DEFAULT).toBuilder()
            .dominance(new DominancePlan(true, 0.9, 4, 100))
            .build();
    train(plan, RowUpdates.CATCH_UP, OF_ONE, ONE, "one");
    train(plan, RowUpdates.CATCH_UP, OF_TWO, TWO, "two");
    assertThat(lastWeights(run("two"))).isEqualTo(lastWeights(run("one")));
  }

  @Test
  void theListenerHearsOfChunksAndOfEachStep() {
    List<TrainingMemory> memory = new ArrayList<>();
    List<Double> rows = new ArrayList<>();
    List<Integer> stepsPerEpoch = new ArrayList<>();
    train(
        twoEpochs(),
        RowUpdates.DENSE,
        OF_ONE,
        ONE,
        0,
        "heard",
        false,
        new TrainingListener() {
          @Override
          public void memory(TrainingMemory needed) {
            memory.add(needed);
          }

          @Override
          public void start(Start start) {
            rows.add((double) start.rows());
          }

          @Override
          public void step(Step step) {
            stepsPerEpoch.add(step.stepsPerEpoch());
          }
        });
    assertThat(memory.get(0).chunks()).isEqualTo(4);
    assertThat(rows).containsExactly((double) TinyTraining.ROWS);
    assertThat(stepsPerEpoch).hasSize(2 * stepsPerEpoch.get(0));
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
  void twoExecutorsTrainToTheBitsOfOneWithTwoCoresWhereverTheyOrItResumes(RowUpdates updates)
      throws IOException {
    assertWhole(updates, train(updates, OF_TWO, TWO, CHUNK_START, "parts", false), "parts");
    keepCheckpoints("parts", CHUNK_START);
    assertWhole(updates, train(updates, OF_TWO, TWO, 1, "parts", true), "parts");
    // Goes back by parts: every step of a chunk and both sides of a boundary are among them.
    for (int step = CHUNK_START + 4; step > CHUNK_START; step--) {
      keepCheckpoints("parts", step);
      TrainingOutcome outcome =
          step % 2 == 0
              ? train(updates, OF_ONE, ONE, 0, "parts", true)
              : train(updates, OF_TWO, TWO, 0, "parts", true);
      assertWhole(updates, outcome, "parts");
    }
  }

  @Test
  void chunksOfACheckpointStayWhereMoreWouldFit() throws IOException {
    train(RowUpdates.LAZY, OF_ONE, ONE, CHUNK_START + 1, "parts", false);
    keepCheckpoints("parts", CHUNK_START + 1);
    TrainingOutcome outcome = train(RowUpdates.LAZY, SampleMemory.UNBOUNDED, ONE, 0, "parts", true);
    assertWhole(RowUpdates.LAZY, outcome, "parts");
  }

  @Test
  void moreChunksThanThoseOfACheckpointAreRefused() {
    TrainingPlan oneEpoch = twoEpochs().toBuilder().maxEpochs(1).build();
    train(oneEpoch, RowUpdates.LAZY, SampleMemory.UNBOUNDED, ONE, "parts");
    assertThatThrownBy(() -> train(RowUpdates.LAZY, OF_ONE, ONE, 0, "parts", true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("its samples are in 1 chunks, and training.sample-memory asks for 4");
  }

  @Test
  void damagedFilesAreWrittenAnewAndTrainingGoesOnFromTheLastCheckpoint() {
    List<Long> starts = new ArrayList<>();
    TrainingListener damaging =
        new TrainingListener() {
          @Override
          public void start(Start start) {
            starts.add(start.stepsDone());
          }

          @Override
          public void step(Step step) {
            if (starts.size() == 1 && step.step() == 7) {
              ChunkFiles.truncate();
            }
          }
        };
    TrainingOutcome outcome =
        train(twoEpochs(), RowUpdates.LAZY, OF_TWO, TWO, 3, "damaged", false, damaging);
    assertWhole(RowUpdates.LAZY, outcome, "damaged");
    assertThat(starts).hasSize(2);
    assertThat(starts.get(1)).isGreaterThanOrEqualTo(6);
  }

  @Test
  void aTrainingThatFailsLeavesNoFile() {
    assertThatThrownBy(
            () -> train(plan(2, TableDecay.NONE, 0, 1e30), RowUpdates.DENSE, OF_ONE, ONE, "failed"))
        .isInstanceOf(TrainingDivergedException.class);
  }
}
