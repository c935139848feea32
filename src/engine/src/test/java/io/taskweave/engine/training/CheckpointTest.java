package io.taskweave.engine.training;

import static io.taskweave.engine.training.TinyTraining.BATCH;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.STREAMS;
import static io.taskweave.engine.training.TinyTraining.checkpoint;
import static io.taskweave.engine.training.TinyTraining.hadoop;
import static io.taskweave.engine.training.TinyTraining.plan;
import static io.taskweave.engine.training.TinyTraining.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.scoring.Scorer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that are stale, foreign or damaged. */
class CheckpointTest {
  @TempDir java.nio.file.Path folder;
  private Path run;

  @BeforeEach
  void trainOnce() {
    run = new Path(folder.toUri());
    train(plan(), run, false);
  }

  @Test
  void trainingAnewLeavesNoOldCheckpointBehind() throws IOException {
    Path old = checkpoint(run);
    Files.createDirectories(folder.resolve("checkpoints/step=7"));
    Files.createFile(folder.resolve("best/task-old.safetensors"));
    train(plan(1, TableDecay.NONE, 1, 1e-2), run, false);
    assertThat(RunFiles.readState(hadoop(), checkpoint(run)).epoch()).isEqualTo(1);
    assertThat(checkpoint(run)).isNotEqualTo(old);
    try (var left = Files.list(folder.resolve("checkpoints"))) {
      assertThat(left).hasSize(1);
    }
    assertThat(folder.resolve("best/task-old.safetensors")).doesNotExist();
  }

  @Test
  void resumingAFinishedTrainingChangesNothing() throws IOException {
    Path before = checkpoint(run);
    assertThat(train(plan(), run, true).epochs()).isEqualTo(2);
    assertThat(checkpoint(run)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"weights.safetensors", "optimizer-0.safetensors", "state.json"})
  void aTruncatedFileIsNamed(String name) throws IOException {
    java.nio.file.Path file = file(name);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 9));
    Files.deleteIfExists(file.resolveSibling("." + name + ".crc"));
    assertThatThrownBy(() -> train(plan(3, TableDecay.NONE, 1, 1e-2), run, true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("Cannot use ")
        .hasMessageContaining(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"weights.safetensors", "optimizer-0.safetensors"})
  void aMissingFileIsNamed(String name) throws IOException {
    Files.delete(file(name));
    assertThatThrownBy(() -> train(plan(3, TableDecay.NONE, 1, 1e-2), run, true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(name + ": it is missing");
  }

  @Test
  void aCheckpointWithoutItsStateDoesNotCount() throws IOException {
    Files.delete(file("state.json"));
    assertThat(RunFiles.readState(hadoop(), checkpoint(run)).epoch()).isEqualTo(1);
    assertThat(train(plan(), run, true).epochs()).isEqualTo(2);
  }

  @Test
  void anUnknownVersionIsRefused() throws IOException {
    java.nio.file.Path file = file("state.json");
    String text =
        Files.readString(file).replaceAll("\"formatVersion\" : 2", "\"formatVersion\" : 9");
    Files.writeString(file, text);
    Files.deleteIfExists(file.resolveSibling(".state.json.crc"));
    assertThatThrownBy(() -> train(plan(), run, true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("unknown format version 9");
  }

  @Test
  void anotherModelIsRefused() {
    TrainingPlan other =
        plan(
            new SingleTaskSpec(new EmbeddingSpec(4, 0.1), List.of(8), List.of(4), 0),
            BATCH,
            STREAMS,
            3,
            TableDecay.NONE,
            1,
            1e-2,
            100,
            1e-6);
    assertThatThrownBy(() -> train(other, run, true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model was " + MODEL + " and is " + other.model());
  }

  @Test
  void anotherOptimizerIsRefused() {
    assertThatThrownBy(() -> train(plan(3, TableDecay.NONE, 1, 3e-2), run, true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("learning rate was 0.01 and is 0.03")
        .hasMessageNotContaining("model was");
  }

  @Test
  void scoringNamesMissingWeights() throws IOException {
    Files.delete(folder.resolve("best/weights.safetensors"));
    assertThatThrownBy(
            () ->
                Scorer.score(
                    LocalSpark.session(), RunFiles.best(run), TinyTraining.data().validation()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("best/weights.safetensors: it is missing");
  }

  private java.nio.file.Path file(String name) throws IOException {
    return java.nio.file.Path.of(checkpoint(run).toUri()).resolve(name);
  }
}
