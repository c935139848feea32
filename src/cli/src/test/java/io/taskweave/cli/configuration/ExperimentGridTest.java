package io.taskweave.cli.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import io.taskweave.cli.configuration.ExperimentGrid.Cell;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.model.StemNetSpec;
import io.taskweave.core.update.Adam;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExperimentGridTest {
  private static final String COMMON =
      """
      tasks = [{ name = click }]
      features.fields = [{ name = user_id }]
      seed = 7
      model { type = stem-net, tower-layers = [8], specific-experts = 3 }
      training.optimizer.beta1 = 0.8
      """;
  private static final String MODELS =
      """
      experiment.models = [
        { name = single-task, type = single-task }
        { name = wide, specific-experts = 5 }
      ]
      """;

  private static List<Cell> cells(String text) {
    return ExperimentGrid.cells(PipelineConfiguration.read(ConfigFactory.parseString(text)));
  }

  @Test
  void everyCombinationIsACellWithTheCommonKeysAndItsOwn() {
    List<Cell> cells =
        cells(
            COMMON
                + MODELS
                + """
                experiment.optimizers = [{ name = adam }, { name = slow, beta1 = 0.95 }]
                experiment.learning-rates = [1e-3, 1e-4]
                experiment.seeds = [1, 2]
                """);
    assertThat(cells).hasSize(16);
    assertThat(cells.stream().map(Cell::name).distinct()).hasSize(16);
    Cell last = cells.get(15);
    assertThat(last.name()).isEqualTo("wide-slow-lr0.0001-seed2");
    PipelineConfiguration read = last.configuration();
    assertThat(read.workspace().runName()).isEqualTo(last.name());
    assertThat(read.training().optimizer().learningRate()).isEqualTo(1e-4);
    assertThat(((Adam) read.training().optimizer().rule()).beta1()).isEqualTo(0.95);
    assertThat(read.training().seed()).hasValue(2);
    assertThat(read.model().spec())
        .isInstanceOfSatisfying(
            StemNetSpec.class,
            spec -> {
              assertThat(spec.specificExperts()).isEqualTo(5);
              assertThat(spec.towerLayers()).containsExactly(8);
            });
    assertThat(cells.get(0).configuration().model().spec()).isInstanceOf(SingleTaskSpec.class);
    assertThat(((Adam) cells.get(0).configuration().training().optimizer().rule()).beta1())
        .isEqualTo(0.8);
  }

  @Test
  void everyCellSplitsAndResamplesByTheCommonSeed() {
    assertThat(cells(COMMON + MODELS + "experiment.seeds = [1, 2]"))
        .allSatisfy(cell -> assertThat(cell.configuration().workspace().seed()).isEqualTo(7));
  }

  @Test
  void axesThatAreLeftOutHoldTheOneValueOfTheConfiguration() {
    assertThat(cells(COMMON + MODELS))
        .extracting(Cell::name)
        .containsExactly("single-task-adam-lr0.001-seed7", "wide-adam-lr0.001-seed7");
  }

  @Test
  void aCellIsTheConfigurationOfAnOrdinaryRun() {
    Cell cell = cells(COMMON + MODELS).get(1);
    assertThat(cell.configuration().resolved()).doesNotContain("experiment");
    assertThat(
            PipelineConfiguration.read(ConfigFactory.parseString(cell.configuration().resolved())))
        .isEqualTo(cell.configuration());
  }

  @Test
  void onlySomeModelsRun() {
    assertThat(cells(COMMON + MODELS + "experiment.only = [single-task]"))
        .extracting(Cell::model)
        .containsExactly("single-task");
    refused("experiment.only = [wide]", "experiment.only must hold the baseline single-task");
    refused("experiment.only = [single-task, wid]", "names no model", "did you mean wide?");
  }

  @Test
  void aWrongOverrideIsToldOnceWithItsModel() {
    assertThatThrownBy(
            () ->
                cells(
                    COMMON
                        + """
                        experiment.models = [
                          { name = single-task, type = single-task }
                          { name = wide, specific-expert = 5 }
                        ]
                        experiment.optimizers = [{ name = adam, beta3 = 1 }]
                        experiment.seeds = [1, 2]
                        """))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("2 problems")
        .hasMessageContaining(
            "in experiment.models, wide: unknown key model.specific-expert, did you mean"
                + " model.specific-experts?")
        .hasMessageContaining(
            "in experiment.optimizers, adam: unknown key training.optimizer.beta3");
  }

  @Test
  void aGridWithoutCellsIsRefused() {
    assertThatThrownBy(() -> cells(COMMON))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("experiment.models is empty");
    refused("experiment.seeds = []", "experiment.seeds must not be empty");
    refused("experiment.learning-rates = []", "experiment.learning-rates must not be empty");
  }

  @Test
  void namesThatDoNotTellCellsApartAreRefused() {
    refused("experiment.seeds = [1, 1]", "experiment.seeds holds a value twice (1)");
    refused(
        "experiment.models = [{ name = single-task }, { name = single-task }]",
        "experiment.models holds a value twice (single-task)");
    refused(
        """
        experiment.models = [{ name = single-task, type = single-task }, { name = single }]
        experiment.optimizers = [{ name = adam }, { name = task-adam }]
        """,
        "two cells are called single-task-adam-lr0.001-seed7");
    refused(
        "experiment.models = [{ name = \"a/b\" }]", "experiment.models[0].name must be letters");
    refused("experiment.models = [{ type = stem-net }]", "experiment.models[0].name is missing");
  }

  @Test
  void anUnknownBaselineIsRefused() {
    refused("experiment.baseline = wid", "experiment.baseline names no model", "mean wide?");
  }

  @ParameterizedTest
  @CsvSource({
    "kuairand-experiment, 42",
    "kuairand-experiment-rates, 24",
    "kuairand-experiment-four, 9",
  })
  void theConfigurationsOfKuaiRandAreGrids(String file, int cells) {
    PipelineConfiguration read =
        new ConfigurationLoader(Map.of())
            .load(List.of("../../conf/" + file + ".conf"), List.of("import.path=data"));
    assertThat(ExperimentGrid.cells(read)).hasSize(cells);
  }

  private static void refused(String text, String... parts) {
    assertThatThrownBy(() -> cells(COMMON + MODELS + text))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll((CharSequence[]) parts);
  }
}
