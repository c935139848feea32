package io.taskweave.cli.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.taskweave.cli.configuration.ExperimentConfiguration.Variant;
import io.taskweave.core.error.ConfigurationException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The cells of an experiment, each with the configuration of an ordinary run: that of the
 * experiment with the cell's model, optimizer, learning rate and training seed.
 */
public final class ExperimentGrid {
  private static final String OPTIMIZER_PATH =
      PipelineConfiguration.TRAINING + "." + TrainingConfiguration.OPTIMIZER;
  private static final String RATE_PATH =
      OPTIMIZER_PATH + "." + OptimizerConfiguration.LEARNING_RATE;
  private static final String SEED_PATH =
      PipelineConfiguration.TRAINING + "." + TrainingConfiguration.SEED;

  private final Config common;
  private final ExperimentConfiguration axes;
  private final PipelineConfiguration base;

  /**
   * One training of the grid.
   *
   * @param configuration of its run
   */
  public record Cell(
      String model,
      String optimizer,
      double learningRate,
      long seed,
      PipelineConfiguration configuration) {
    /** Name of the run. */
    public String name() {
      return configuration.workspace().runName();
    }
  }

  private ExperimentGrid(PipelineConfiguration base) {
    this.base = base;
    this.axes = base.experiment();
    this.common =
        ConfigFactory.parseString(base.resolved()).withoutPath(PipelineConfiguration.EXPERIMENT);
  }

  /**
   * All cells: models first, then optimizers, learning rates and seeds.
   *
   * @throws ConfigurationException if there is no model, two cells have one name, or a model or
   *     optimizer overrides what does not exist
   */
  public static List<Cell> cells(PipelineConfiguration base) {
    if (base.experiment().models().isEmpty()) {
      throw new ConfigurationException(
          "Cannot run an experiment: experiment.models is empty, name models such as"
              + " experiment.models = [{ name = single-task, type = single-task }]");
    }
    return new ExperimentGrid(base).cells();
  }

  private List<Cell> cells() {
    List<Variant> optimizers =
        axes.optimizers().isEmpty()
            ? List.of(new Variant(optimizerType(), ConfigFactory.empty()))
            : axes.optimizers();
    requireKnownKeys(optimizers);
    List<Double> rates =
        axes.learningRates().isEmpty()
            ? List.of(base.training().optimizer().learningRate())
            : axes.learningRates();
    List<Long> seeds =
        axes.seeds().isEmpty()
            ? List.of(base.training().seed().orElse(base.workspace().seed()))
            : axes.seeds();
    List<Cell> cells = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Variant model : axes.models()) {
      for (Variant optimizer : optimizers) {
        for (double rate : rates) {
          for (long seed : seeds) {
            Cell cell = cell(model, optimizer, rate, seed);
            if (!names.add(cell.name())) {
              throw new ConfigurationException(
                  "Cannot run an experiment: two cells are called "
                      + cell.name()
                      + ", rename a model or an optimizer");
            }
            cells.add(cell);
          }
        }
      }
    }
    return List.copyOf(cells);
  }

  private String optimizerType() {
    String path = OPTIMIZER_PATH + "." + TrainingConfiguration.TYPE;
    return common.hasPath(path) ? common.getString(path) : TrainingConfiguration.OPTIMIZER_DEFAULT;
  }

  /** What a model or an optimizer has wrong is told once, not once a cell. */
  private void requireKnownKeys(List<Variant> optimizers) {
    Problems problems = new Problems();
    for (Variant model : axes.models()) {
      check(ExperimentConfiguration.MODELS, model, withModel(common, model), problems);
    }
    for (Variant optimizer : optimizers) {
      check(
          ExperimentConfiguration.OPTIMIZERS,
          optimizer,
          withOptimizer(common, optimizer),
          problems);
    }
    problems.raise();
  }

  private static void check(String axis, Variant variant, Config config, Problems problems) {
    Problems own = new Problems();
    PipelineConfiguration.read(config, own);
    own.messages()
        .forEach(
            message ->
                problems.add(
                    "in "
                        + PipelineConfiguration.EXPERIMENT
                        + "."
                        + axis
                        + ", "
                        + variant.name()
                        + ": "
                        + message));
  }

  private Cell cell(Variant model, Variant optimizer, double rate, long seed) {
    String name = model.name() + "-" + optimizer.name() + "-lr" + plain(rate) + "-seed" + seed;
    Config config =
        withOptimizer(withModel(common, model), optimizer)
            .withValue(RATE_PATH, ConfigValueFactory.fromAnyRef(rate))
            .withValue(SEED_PATH, ConfigValueFactory.fromAnyRef(seed))
            .withValue(WorkspaceConfiguration.RUN_NAME, ConfigValueFactory.fromAnyRef(name));
    return new Cell(model.name(), optimizer.name(), rate, seed, PipelineConfiguration.read(config));
  }

  private static String plain(double rate) {
    return BigDecimal.valueOf(rate).stripTrailingZeros().toPlainString();
  }

  private static Config withModel(Config config, Variant model) {
    return model.overrides().atPath(PipelineConfiguration.MODEL).withFallback(config);
  }

  private static Config withOptimizer(Config config, Variant optimizer) {
    return optimizer.overrides().atPath(OPTIMIZER_PATH).withFallback(config);
  }
}
