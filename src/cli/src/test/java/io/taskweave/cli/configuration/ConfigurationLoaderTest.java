package io.taskweave.cli.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.MixtureSpec;
import io.taskweave.core.model.ModelType;
import io.taskweave.core.model.PleSpec;
import io.taskweave.core.model.SharedGate;
import io.taskweave.core.update.Adam;
import io.taskweave.core.weighting.LossWeighting;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.pipeline.sampling.SamplingPlan.Users;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigurationLoaderTest {
  private static final String MINIMAL =
      "tasks = [{ name = click }]\nfeatures.fields = [{ name = user_id }]\n";

  private static final String TWO_TASKS =
      "tasks = [{ name = click }, { name = buy }]\nfeatures.fields = [{ name = user_id }]\n";

  @TempDir Path folder;

  @Test
  void laterSourcesWin() throws IOException {
    String file =
        file(MINIMAL + "seed = 1, training { batch-size = 8, max-epochs = 1, patience = 5 }");
    String further = file("training { batch-size = 16, max-epochs = 2 }");
    ConfigurationLoader loader =
        new ConfigurationLoader(
            Map.of("TASKWEAVE_TRAINING__BATCH_SIZE", "32", "TASKWEAVE_SEED", "7"));
    PipelineConfiguration read =
        loader.load(List.of(file, further), List.of("training.batch-size=64"));
    assertThat(read.training().batchSize()).isEqualTo(64);
    assertThat(read.workspace().seed()).isEqualTo(7);
    assertThat(read.training().maxEpochs()).isEqualTo(2);
    assertThat(read.training().patience()).isEqualTo(5);
    assertThat(read.training().optimizer().learningRate())
        .isEqualTo(OptimizerConfiguration.LEARNING_RATE_DEFAULT);
    assertThat(read.resolved()).contains("batch-size");
  }

  @Test
  void whatAFileIncludesLiesBesideItAlsoWhereItIsNamedAlone() throws IOException {
    Path here = Files.createTempFile(Path.of(""), "including", ".conf");
    Path included = Files.createTempFile(Path.of(""), "included", ".conf");
    try {
      Files.writeString(included, MINIMAL + "training.batch-size = 8");
      Files.writeString(here, "include \"" + included + "\"");
      assertThat(load(here.toString()).training().batchSize()).isEqualTo(8);
    } finally {
      Files.delete(here);
      Files.delete(included);
    }
  }

  @Test
  void anIncludedFileThatIsNotThereIsNamed() throws IOException {
    String file = file("include \"nobody.conf\"\n" + MINIMAL);
    assertThatThrownBy(() -> load(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("Cannot read the configuration: ")
        .hasMessageContaining("nobody.conf");
  }

  @Test
  void aHistoryKnowsItsFieldsAndKinds() throws IOException {
    String file =
        file(
            MINIMAL
                + """
                history.sequences = [{
                  name = seen
                  attributes = [
                    { name = colour, field = colour }
                    { name = what, column = kind, values = [likes, log] }
                  ]
                  sources = [{ kind = log }, { kind = like, path = likes.csv, time-column = at }]
                }]
                """);
    assertThatThrownBy(() -> load(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("attributes[0].field names no field of the features (colour)")
        .hasMessageContaining("attributes gives no id to the kind of a source (like)")
        .hasMessageContaining("2 problems");
  }

  @Test
  void anOptimizerHasTheKeysOfItsRule() throws IOException {
    String file =
        file(
            MINIMAL
                + """
                training {
                  optimizer { type = adagrad, beta1 = 0.9, decay = 0.9, step-weights { click = 2 } }
                  gradient-combination { type = pcgrad, alpha = 1 }
                  loss-weighting = uncertainty
                  loss-weights { clik = 1, click = -1 }
                }
                """);
    assertThatThrownBy(() -> load(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("training.optimizer.beta1 belongs to adam, not to adagrad")
        .hasMessageContaining("training.optimizer.decay belongs to rmsprop, not to adagrad")
        .hasMessageContaining("training.optimizer.step-weights needs per-task = true")
        .hasMessageContaining("gradient-combination.alpha belongs to gradnorm, not to pcgrad")
        .hasMessageContaining("training.loss-weights names no task of this pipeline (clik)")
        .hasMessageContaining("training.loss-weights.click must be a number of at least 0 (-1)");
  }

  @Test
  void adaTaskClipsPerTaskUnlessToldOtherwise() throws IOException {
    String perTask = MINIMAL + "training.optimizer.per-task = true\n";
    TrainingConfiguration training = load(file(perTask)).training();
    assertThat(training.optimizer().rule()).isEqualTo(Adam.DEFAULT);
    assertThat(training.loss().clipping())
        .isEqualTo(new GradientClipping(GradientClipping.Kind.PER_TASK, 10));
    assertThat(load(file(perTask + "training.clip = sum")).training().loss().clipping())
        .isEqualTo(load(file(MINIMAL)).training().loss().clipping());
    assertThat(
            load(file(MINIMAL + "training.loss-weights { click = 3 }"))
                .training()
                .loss()
                .lossWeighting(List.of("other", "click")))
        .isEqualTo(new LossWeighting.Fixed(List.of(1.0, 3.0)));
  }

  @Test
  void everyProblemIsNamedAtOnceWithTheNearestKey() throws IOException {
    String file =
        file(MINIMAL + "traning {}\nmodel { tower-layer = [1], expert-layers = [-4] }\nseed = -3");
    assertThatThrownBy(() -> load(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("3 problems".replace("3", "4"))
        .hasMessageContaining("unknown key traning, did you mean training?")
        .hasMessageContaining("unknown key model.tower-layer, did you mean model.tower-layers?")
        .hasMessageContaining("model.expert-layers must hold sizes of at least 1 ([-4])")
        .hasMessageContaining("seed must be at least 0 (-3)");
  }

  @Test
  void aValueOfTheWrongKindIsShown() throws IOException {
    String file = file(MINIMAL + "training.batch-size = many");
    assertThatThrownBy(() -> load(file))
        .hasMessageContaining("training.batch-size has a value of the wrong kind (\"many\")");
  }

  @Test
  void unitsAreUnderstood() throws IOException {
    PipelineConfiguration read =
        load(file(MINIMAL + "spark { max-partition-bytes = 32m, progress-interval = 30s }"));
    assertThat(read.spark().maxPartitionBytes()).isEqualTo(32L << 20);
    assertThat(read.spark().progressInterval()).hasSeconds(30);
  }

  @Test
  void theMemoryOfSamplesIsBoundedOnlyWhereThatIsAskedFor() throws IOException {
    assertThat(load(file(MINIMAL)).training().sampleMemory()).isEqualTo(SampleMemory.UNBOUNDED);
    assertThat(load(file(MINIMAL + "training.sample-memory = 2g")).training().sampleMemory())
        .isEqualTo(new SampleMemory(2L << 30));
    String file = file(MINIMAL + "training { sample-memory = -1m, sample-memry = 1g }");
    assertThatThrownBy(() -> load(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("training.sample-memory has a value of the wrong kind (\"-1m\")")
        .hasMessageContaining(
            "unknown key training.sample-memry, did you mean training.sample-memory?");
  }

  @Test
  void theModelTypeAloneChangesTheModel() throws IOException {
    for (ModelType type : ModelType.values()) {
      PipelineConfiguration read =
          new ConfigurationLoader(Map.of())
              .load(
                  List.of(file(TWO_TASKS + "model.shared-experts = 3")),
                  List.of("model.type=" + type.key()));
      assertThat(read.model().spec()).isExactlyInstanceOf(type.specification());
      assertThat(read.model().spec().type()).isEqualTo(type.key());
    }
  }

  @Test
  void aModelThatCannotServeTheTasksIsAmongTheProblems() throws IOException {
    assertThatThrownBy(() -> load(file(MINIMAL + "model.type = esmm, seed = -3")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("Cannot build a model: esmm serves two tasks ([click])")
        .hasMessageContaining("seed");
  }

  @Test
  void aModelTakesItsOptions() throws IOException {
    String options =
        "model { embedding { size = 8, deviation = 0.1, tables = separate }, layers = 2"
            + ", shared-experts = 4, specific-experts = 3, expert-layers = [9], gate-layers = []"
            + ", tower-layers = [5], dropout = 0.2, shared-gate = shared-experts, type = ";
    EmbeddingSpec tables = new EmbeddingSpec(8, 0.1);
    assertThat(load(file(MINIMAL + options + "ple }")).model().spec())
        .isEqualTo(
            new PleSpec(
                tables,
                true,
                2,
                4,
                3,
                List.of(9),
                List.of(),
                List.of(5),
                0.2,
                SharedGate.SHARED_EXPERTS));
    assertThat(load(file(MINIMAL + options + "mmoe }")).model().spec())
        .isEqualTo(new MixtureSpec(false, tables, true, 4, List.of(9), List.of(), List.of(5), 0.2));
    assertThatThrownBy(() -> load(file(MINIMAL + options + "moe }")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("model.type must be one of stem-net, mmoe, omoe, ple");
  }

  @Test
  void validationLimitsAreReadAndTheRowCountIsFreeUnlessLimited() throws IOException {
    ValidationConfiguration byDefault = load(file(MINIMAL)).validation();
    assertThat(byDefault.maxRowCountChange()).isZero();
    assertThat(byDefault.dayTolerance()).hasHours(3);
    assertThat(byDefault.audit()).isEqualTo(new ValidationConfiguration.Audit(0.1, 5, 0.01));
    ValidationConfiguration set =
        load(file(
                MINIMAL
                    + "validate { max-row-count-change = 0.5, day-tolerance = 30m, offenders-named"
                    + " = 3, audit { rate-difference = 0.2, z-score = 6, identical-share = 0 } }"))
            .validation();
    assertThat(set.maxRowCountChange()).isEqualTo(0.5);
    assertThat(set.dayTolerance()).hasMinutes(30);
    assertThat(set.offendersNamed()).isEqualTo(3);
    assertThat(set.audit()).isEqualTo(new ValidationConfiguration.Audit(0.2, 6, 0));
    assertThatThrownBy(() -> load(file(MINIMAL + "validate.audit.rate-difference = 0")))
        .hasMessageContaining("validate.audit.rate-difference must be in");
  }

  @Test
  void usersAreChosenByARemainderBelowTheModulus() throws IOException {
    assertThat(load(file(MINIMAL)).negatives().users()).isEqualTo(Users.ALL);
    assertThat(
            load(file(MINIMAL + "negatives.users { modulus = 8, remainder = 7 }"))
                .negatives()
                .users())
        .isEqualTo(new Users(8, 7));
    assertThatThrownBy(() -> load(file(MINIMAL + "negatives.users { modulus = 8, remainder = 8 }")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("negatives.users.remainder must be in [0, 7] (8)");
  }

  @Test
  void aHistoryOutOfTheFutureIsAProblem() throws IOException {
    String sequence =
        "history.sequences = [{ name = past, attributes = [{ name = user, field = user_id }], %s"
            + " }]";
    assertThatThrownBy(() -> load(file(MINIMAL + sequence.formatted("delay = -5m"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("history.sequences[0].delay must not be negative (-5m)");
    assertThatThrownBy(() -> load(file(MINIMAL + sequence.formatted("order = position"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("an instant before which all events lie");
  }

  @Test
  void slashesInAnAssignmentAreNoComment() throws IOException {
    PipelineConfiguration read =
        new ConfigurationLoader(Map.of())
            .load(List.of(file(MINIMAL)), List.of("workspace=hdfs://name:8020/work"));
    assertThat(read.workspace().workspace()).isEqualTo("hdfs://name:8020/work");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> load(folder.resolve("absent.conf").toString()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("no such file")
        .hasMessageContaining("absent.conf");
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void shippedConfigurationsHaveNoProblem(Path conf) {
    PipelineConfiguration read = load(conf.toString());
    assertThat(read.features().fields()).isNotEmpty();
    if (!read.experiment().models().isEmpty()) {
      assertThat(ExperimentGrid.cells(read)).isNotEmpty();
    }
  }

  private static List<Path> shipped() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("../../conf"))) {
      return files
          .filter(file -> file.toString().endsWith(".conf"))
          .filter(file -> !file.endsWith("spark-defaults.conf"))
          .sorted()
          .toList();
    }
  }

  private static PipelineConfiguration load(String file) {
    return new ConfigurationLoader(Map.of()).load(List.of(file), List.of());
  }

  private String file(String content) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "test", ".conf"), content).toString();
  }
}
