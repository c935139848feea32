package io.taskweave.cli.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import io.taskweave.core.error.ConfigurationException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** A whole configuration, read and checked. */
public record PipelineConfiguration(
    WorkspaceConfiguration workspace,
    ImportConfiguration importing,
    ValidationConfiguration validation,
    List<TaskConfiguration> tasks,
    NegativesConfiguration negatives,
    SplitConfiguration split,
    FeatureConfiguration features,
    HistoryConfiguration history,
    GroupConfiguration groups,
    ModelConfiguration model,
    TrainingConfiguration training,
    EvaluationConfiguration evaluation,
    CorrelationConfiguration correlation,
    ExperimentConfiguration experiment,
    SparkConfiguration spark,
    String resolved) {
  static final String IMPORT = "import";
  static final String VALIDATE = "validate";
  static final String TASKS = "tasks";
  static final String NEGATIVES = "negatives";
  static final String SPLIT = "split";
  static final String FEATURES = "features";
  static final String HISTORY = "history";
  static final String GROUPS = "groups";
  static final String MODEL = "model";
  static final String TRAINING = "training";
  static final String EVALUATE = "evaluate";
  static final String STC = "stc";
  static final String EXPERIMENT = "experiment";
  static final String SPARK = "spark";

  /**
   * @throws ConfigurationException that names every problem
   */
  static PipelineConfiguration read(Config config) {
    Problems problems = new Problems();
    PipelineConfiguration configuration = read(config, problems);
    problems.raise();
    return configuration;
  }

  /** Reads on after a problem; what is returned is of use only where there is none. */
  static PipelineConfiguration read(Config config, Problems problems) {
    PipelineConfiguration configuration;
    try (Section root = new Section(config, "", problems)) {
      List<TaskConfiguration> tasks = root.list(TASKS, TaskConfiguration::read);
      if (tasks.isEmpty()) {
        root.problem(TASKS, "is missing: at least one { name = ..., label = ... }");
      }
      Set<String> names = new HashSet<>();
      for (TaskConfiguration task : tasks) {
        if (!names.add(task.name())) {
          root.problem(TASKS, "names a task twice (" + task.name() + ")");
        }
      }
      FeatureConfiguration features = concern(root, FEATURES, FeatureConfiguration::read);
      configuration =
          new PipelineConfiguration(
              WorkspaceConfiguration.read(root),
              concern(root, IMPORT, ImportConfiguration::read),
              concern(root, VALIDATE, ValidationConfiguration::read),
              tasks,
              concern(root, NEGATIVES, NegativesConfiguration::read),
              concern(root, SPLIT, SplitConfiguration::read),
              features,
              concern(root, HISTORY, section -> HistoryConfiguration.read(section, features)),
              concern(root, GROUPS, GroupConfiguration::read),
              concern(root, MODEL, ModelConfiguration::read),
              concern(root, TRAINING, training -> TrainingConfiguration.read(training, names)),
              concern(root, EVALUATE, EvaluationConfiguration::read),
              concern(root, STC, CorrelationConfiguration::read),
              concern(root, EXPERIMENT, ExperimentConfiguration::read),
              concern(root, SPARK, SparkConfiguration::read),
              config
                  .root()
                  .render(
                      ConfigRenderOptions.defaults()
                          .setOriginComments(false)
                          .setComments(false)
                          .setJson(false)));
      int batchSize = configuration.training().batchSize();
      int streams = configuration.features().streams();
      if (batchSize % streams != 0) {
        root.problem(
            TRAINING,
            "batch-size must be a multiple of features.streams ("
                + batchSize
                + ", "
                + streams
                + ")");
      }
      try {
        configuration
            .model()
            .spec()
            .requireTasks(tasks.stream().map(TaskConfiguration::name).toList());
      } catch (ConfigurationException refused) {
        problems.add(refused.getMessage());
      }
    }
    return configuration;
  }

  private static <T> T concern(Section root, String key, Function<Section, T> reader) {
    try (Section section = root.section(key)) {
      return reader.apply(section);
    }
  }
}
