package io.taskweave.engine.training;

import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.checkpoint;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.hadoop;
import static io.taskweave.engine.training.TinyTraining.plan;
import static io.taskweave.engine.training.TinyTraining.train;
import static io.taskweave.engine.training.TinyTraining.trainer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.format.Tensor;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.scoring.Scorer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
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
  @ValueSource(strings = {"shard-0.safetensors", "state.json"})
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

  @Test
  void otherSamplesOfTheSameLayoutAreRefused() {
    TrainingData other =
        new TrainingData(data().train(), data().validation(), Optional.empty(), "relabelled");
    assertThatThrownBy(() -> trainer().train(plan(), other, run, true, TrainingListener.NONE))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("content of samples was  and is relabelled");
  }

  @Test
  void nothingOfAnEarlierTrainingIsLeftOnceSamplesAreLoaded() throws IOException {
    Dataset<Row> unreadable =
        data().train().withColumn("weight", functions.expr("raise_error('unreadable')"));
    TrainingData broken = new TrainingData(unreadable, data().validation());
    assertThatThrownBy(() -> trainer().train(plan(), broken, run, false, TrainingListener.NONE))
        .hasStackTraceContaining("unreadable");
    assertThat(RunFiles.latest(hadoop(), run)).isEmpty();
  }

  @Test
  void aMissingFileIsNamed() throws IOException {
    String name = "shard-0.safetensors";
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
        Files.readString(file).replaceAll("\"formatVersion\" : 3", "\"formatVersion\" : 9");
    Files.writeString(file, text);
    Files.deleteIfExists(file.resolveSibling(".state.json.crc"));
    assertThatThrownBy(() -> train(plan(), run, true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("unknown format version 9");
  }

  @Test
  void anotherModelIsRefused() {
    TrainingPlan other =
        TinyTraining.builder(
                TinyTraining.LAYOUT,
                new SingleTaskSpec(new EmbeddingSpec(4, 0.1), List.of(8), List.of(4), 0))
            .maxEpochs(3)
            .build();
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
                    LocalSpark.session(),
                    RunFiles.best(run),
                    TinyTraining.data().validation(),
                    Scorer.Selection.COMMON_EPOCH))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("best/weights.safetensors: it is missing");
  }

  @Test
  void eachTaskIsScoredByTheWeightsOfItsOwnBestEpoch() {
    SparkSession spark = LocalSpark.session();
    Path best = RunFiles.best(run);
    ModelFile model = RunFiles.readModel(spark.sparkContext().hadoopConfiguration(), best);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    ParameterLayout layout = model.model().create(model.samples()).parameters();
    float[] weights = RunFiles.readWeights(hadoop, new Path(best, RunFiles.WEIGHTS), layout);
    List<String> tasks = model.samples().tasks();
    // The first task's own weights differ from the common ones, the others' are equal to them.
    float[] shifted = weights.clone();
    for (int i = 0; i < shifted.length; i++) {
      shifted[i] += 0.01f;
    }
    for (int task = 0; task < tasks.size(); task++) {
      writeWeights(
          hadoop, RunFiles.ofTask(best, tasks.get(task)), layout, task == 0 ? shifted : weights);
    }
    Dataset<Row> samples = TinyTraining.data().validation();
    List<Row> common = sorted(Scorer.score(spark, best, samples, Scorer.Selection.COMMON_EPOCH));
    List<Row> own = sorted(Scorer.score(spark, best, samples, Scorer.Selection.OWN_EPOCH));
    List<Row> both = sorted(Scorer.score(spark, best, samples, Scorer.Selection.BOTH));
    assertThat(common).isNotEmpty();
    for (int row = 0; row < common.size(); row++) {
      for (int task = 0; task < tasks.size(); task++) {
        String score = SampleColumns.score(tasks.get(task));
        float ofCommon = common.get(row).getAs(score);
        float ofOwn = own.get(row).getAs(score);
        assertThat(both.get(row).<Float>getAs(score)).isEqualTo(ofCommon);
        assertThat(both.get(row).<Float>getAs(SampleColumns.ownEpochScore(tasks.get(task))))
            .isEqualTo(ofOwn);
        assertThat(ofOwn == ofCommon).as(tasks.get(task)).isEqualTo(task > 0);
      }
    }
  }

  private static void writeWeights(
      Configuration hadoop, Path file, ParameterLayout layout, float[] values) {
    try {
      RunFiles.writeTensors(
          hadoop,
          file,
          layout.parameters().stream()
              .map(parameter -> Tensor.floats(parameter.name(), parameter.shape()))
              .toList(),
          writer -> {
            for (int i = 0; i < layout.count(); i++) {
              writer.write(values, layout.offset(i), layout.get(i).size());
            }
          });
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static List<Row> sorted(Dataset<Row> scored) {
    return scored.orderBy(SampleColumns.SAMPLE_ID).collectAsList();
  }

  private java.nio.file.Path file(String name) throws IOException {
    return java.nio.file.Path.of(checkpoint(run).toUri()).resolve(name);
  }
}
