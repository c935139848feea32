package io.taskweave.engine.training;

import static io.taskweave.engine.training.TinyTraining.LAYOUT;
import static io.taskweave.engine.training.TinyTraining.MODEL;
import static io.taskweave.engine.training.TinyTraining.hadoop;
import static io.taskweave.engine.training.TinyTraining.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.error.ExitCode;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.SharedBottomSpec;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A second day that starts from the weights of the first. */
class WarmStartTest {
  /** The second day has more users and fewer items. */
  private static final SampleLayout SECOND_DAY =
      new SampleLayout(
          List.of(Field.categorical("user", 26), Field.categorical("item", 30)), LAYOUT.tasks());

  /** Too small to change a weight. */
  private static final double NO_RATE = 1e-30;

  private static final int FIRST_ID = 2;

  @TempDir static java.nio.file.Path folder;

  private static Path firstRun;
  private static float[] learnt;

  @BeforeAll
  static void trainTheFirstDay() {
    firstRun = new Path(folder.resolve("first").toUri());
    TinyTraining.train(plan(1, TableDecay.NONE, 1, 1e-2), firstRun, false);
    learnt =
        RunFiles.readWeights(
            hadoop(),
            new Path(RunFiles.best(firstRun), RunFiles.WEIGHTS),
            MODEL.create(LAYOUT).parameters());
  }

  /** Users have moved by five; of the items, those at even places are gone. */
  private static SortedMap<String, int[]> ids() {
    SortedMap<String, int[]> ids = new TreeMap<>();
    ids.put("user", IntStream.range(0, 20).map(id -> id < FIRST_ID ? id : id + 5).toArray());
    ids.put(
        "item",
        IntStream.range(0, 30)
            .map(id -> id >= FIRST_ID && id % 2 == 0 ? WarmStart.GONE : id)
            .toArray());
    return ids;
  }

  private static WarmStart start(ModelSpec model, SampleLayout samples) {
    return WarmStart.from(
        LocalSpark.session(),
        "first",
        RunFiles.best(firstRun),
        new ModelFile(model, samples),
        ids());
  }

  /** What the second day starts with, written down from the first day's weights. */
  private static float[] expected() {
    ParameterLayout before = MODEL.create(LAYOUT).parameters();
    ParameterLayout after = MODEL.create(SECOND_DAY).parameters();
    float[] expected = after.initialValues(7);
    for (int i = 0; i < after.count(); i++) {
      Parameter parameter = after.get(i);
      int from = before.offset(before.indexOf(parameter.name()));
      if (parameter.ids() == null) {
        System.arraycopy(learnt, from, expected, after.offset(i), parameter.size());
        continue;
      }
      int width = parameter.shape()[1];
      int[] places = ids().get(parameter.ids());
      for (int id = 0; id < places.length; id++) {
        if (places[id] != WarmStart.GONE) {
          System.arraycopy(
              learnt, from + id * width, expected, after.offset(i) + places[id] * width, width);
        }
      }
    }
    return expected;
  }

  private static TrainingPlan secondDay(double rate) {
    return TinyTraining.builder(SECOND_DAY, MODEL)
        .maxEpochs(1)
        .learningRate(rate)
        .initialWeights(start(MODEL, SECOND_DAY))
        .build();
  }

  @Test
  void aBuilderOfAPlanKeepsWhatItStartsFrom() {
    TrainingPlan plan = secondDay(1e-2);
    assertThat(plan.toBuilder().build()).isEqualTo(plan);
  }

  @Test
  void knownIdsKeepTheirRowsAndNewOnesHaveThoseOfAColdStart() {
    ParameterLayout parameters = MODEL.create(SECOND_DAY).parameters();
    assertThat(values(start(MODEL, SECOND_DAY), parameters)).isEqualTo(expected());
    assertThat(learnt).isNotEqualTo(MODEL.create(LAYOUT).parameters().initialValues(7));
  }

  @Test
  void idsAreCountedWithoutPaddingAndOutOfVocabulary() {
    WarmStart start = start(MODEL, SECOND_DAY);
    assertThat(start.countsByTable())
        .containsEntry("user", new WarmStart.IdCounts(18, 6, 0))
        .containsEntry("item", new WarmStart.IdCounts(14, 14, 14));
    assertThat(start.counts()).isEqualTo(new WarmStart.IdCounts(32, 20, 14));
  }

  private static float[] values(WarmStart start, ParameterLayout parameters) {
    float[] values = parameters.initialValues(7);
    start.known(
        hadoop(),
        parameters,
        (parameter, row, known) ->
            System.arraycopy(
                known, 0, values, parameters.offset(parameter) + row * known.length, known.length));
    return values;
  }

  private static void startsFromTheFirstDay(String name, Trainer trainer) {
    Path run = new Path(folder.resolve(name).toUri());
    List<WarmStart> heard = new ArrayList<>();
    trainer.train(
        secondDay(NO_RATE),
        TinyTraining.data(),
        run,
        false,
        new TrainingListener() {
          @Override
          public void warmStart(WarmStart warmStart) {
            heard.add(warmStart);
          }
        });
    float[] weights =
        RunFiles.readWeights(
            hadoop(),
            new Path(RunFiles.best(run), RunFiles.WEIGHTS),
            MODEL.create(SECOND_DAY).parameters());
    float[] expected = expected();
    for (int i = 0; i < expected.length; i++) {
      // Zeros alone feel such a rate.
      assertThat(Math.abs(weights[i]) < 1e-20f ? 0 : weights[i]).isEqualTo(expected[i]);
    }
    assertThat(heard).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"DENSE", "LAZY", "CATCH_UP"})
  void trainingStartsFromThem(RowUpdates updates) {
    startsFromTheFirstDay(updates.text(), new ShardedTrainer(LocalSpark.session(), updates, 0));
  }

  private static void assertRefused(ModelSpec model, SampleLayout samples, String reason) {
    assertThatThrownBy(() -> start(model, samples))
        .isInstanceOfSatisfying(
            CheckpointException.class,
            refused -> assertThat(refused.exitCode()).isEqualTo(ExitCode.CHECKPOINT))
        .hasMessageContaining("Cannot start from first: not the same " + reason);
  }

  @Test
  void anotherModelIsRefused() {
    assertRefused(
        new SingleTaskSpec(new EmbeddingSpec(4, 0.1), List.of(8), List.of(4), 0),
        SECOND_DAY,
        "model (shared-bottom there, single-task here)");
  }

  @Test
  void anotherWidthIsRefused() {
    assertRefused(
        new SharedBottomSpec(new EmbeddingSpec(8, 0.1), List.of(8), List.of(4), 0),
        SECOND_DAY,
        "shape (");
    assertRefused(
        new SharedBottomSpec(new EmbeddingSpec(4, 0.1), List.of(16), List.of(4), 0),
        SECOND_DAY,
        "shape (");
    assertRefused(
        new SharedBottomSpec(new EmbeddingSpec(4, 0.1), List.of(8, 8), List.of(4), 0),
        SECOND_DAY,
        "parameters (");
  }

  @Test
  void fieldsInAnotherOrderAreRefused() {
    List<Field> fields = new ArrayList<>(SECOND_DAY.fields());
    fields.add(fields.remove(0));
    assertRefused(MODEL, new SampleLayout(fields, SECOND_DAY.tasks()), "fields (Field[name=user");
    assertRefused(
        MODEL, new SampleLayout(SECOND_DAY.fields(), List.of("like", "click")), "tasks ([click");
  }

  @Test
  void weightsThatAreCutOffAreNamed() throws IOException {
    java.nio.file.Path cut = Files.createDirectories(folder.resolve("cut"));
    for (String name : List.of(RunFiles.MODEL, RunFiles.WEIGHTS)) {
      byte[] whole = Files.readAllBytes(folder.resolve("first/best").resolve(name));
      boolean weights = name.equals(RunFiles.WEIGHTS);
      Files.write(cut.resolve(name), weights ? Arrays.copyOf(whole, whole.length - 9) : whole);
    }
    WarmStart start =
        WarmStart.from(
            LocalSpark.session(),
            "cut",
            new Path(cut.toUri()),
            new ModelFile(MODEL, SECOND_DAY),
            ids());
    assertThatThrownBy(() -> values(start, MODEL.create(SECOND_DAY).parameters()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("cut/weights.safetensors");
  }

  @Test
  void aCheckpointOfAWarmStartIsNotGoneOnWithFromACold() {
    Path run = new Path(folder.resolve("mixed").toUri());
    Trainer trainer = TinyTraining.trainer();
    trainer.train(secondDay(1e-2), TinyTraining.data(), run, false, TrainingListener.NONE);
    TrainingPlan cold =
        secondDay(1e-2).toBuilder().initialWeights(new InitialWeights.Seeded()).build();
    assertThatThrownBy(
            () -> trainer.train(cold, TinyTraining.data(), run, true, TrainingListener.NONE))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("initial weights was warm start from first and is by seed");
  }
}
