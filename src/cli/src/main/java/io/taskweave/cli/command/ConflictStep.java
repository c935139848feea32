package io.taskweave.cli.command;

import io.taskweave.cli.configuration.ExperimentConfiguration;
import io.taskweave.cli.configuration.FieldConfiguration;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.TaskConfiguration;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.transfer.ConflictPlan;
import io.taskweave.pipeline.transfer.ConflictSubset;
import io.taskweave.pipeline.transfer.Conflicts;
import io.taskweave.pipeline.transfer.EmbeddingTables;
import io.taskweave.pipeline.transfer.Grid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Follows pairs of user and item that single-task models disagree on through the tables of every
 * model of an experiment: of its first optimizer and first seed, at the chosen learning rate.
 */
final class ConflictStep {
  private static final String TABLES = "embedding/";

  private final PipelineConfiguration configuration;
  private final List<ExperimentCell> cells;
  private final Grid grid;

  ConflictStep(PipelineConfiguration configuration, List<ExperimentCell> cells, Grid grid) {
    this.configuration = configuration;
    this.cells = cells;
    this.grid = grid;
  }

  /** Empty where the baseline does not train each task by itself, or user or item is no field. */
  Optional<Conflicts> measure(SparkSession spark, String split) {
    ExperimentConfiguration experiment = configuration.experiment();
    Optional<FieldConfiguration> user = field(configuration.features().user());
    Optional<FieldConfiguration> item = field(configuration.features().item());
    Map<String, ExperimentCell> models = models();
    ExperimentCell baseline = models.get(experiment.baseline());
    if (user.isEmpty()
        || item.isEmpty()
        || baseline == null
        || !(baseline.cell().configuration().model().spec() instanceof SingleTaskSpec)) {
      return Optional.empty();
    }
    ConflictPlan plan =
        new ConflictPlan(
            user.get().name(),
            item.get().name(),
            split,
            experiment.conflict().frequency(),
            experiment.conflict().far(),
            experiment.conflict().near());
    List<EmbeddingTables> tables = new ArrayList<>();
    Configuration hadoop = spark.sessionState().newHadoopConf();
    models.forEach(
        (model, cell) ->
            tables.addAll(
                new Reader(hadoop, cell, cell == baseline)
                    .read(model, user.get().table(), item.get().table())));
    Path samples = new Path(configuration.workspace().workspace(), "samples");
    return Optional.of(
        new ConflictSubset(
                plan, configuration.tasks().stream().map(TaskConfiguration::name).toList())
            .measure(FeatureStage.samples(spark, samples), experiment.baseline(), tables));
  }

  private Optional<FieldConfiguration> field(String column) {
    return configuration.features().fields().stream()
        .filter(field -> field.column().equals(column) && field.kind().equals("categorical"))
        .findFirst();
  }

  private Map<String, ExperimentCell> models() {
    Map<String, ExperimentCell> models = new LinkedHashMap<>();
    for (ExperimentCell cell : cells) {
      OptionalDouble rate = grid.chosenRate(cell.cell().model(), cell.cell().optimizer());
      if (cell.isFinished()
          && rate.isPresent()
          && rate.getAsDouble() == cell.cell().learningRate()) {
        models.putIfAbsent(cell.cell().model(), cell);
      }
    }
    return models;
  }

  /** Reads the tables of one run. */
  private static final class Reader {
    private final Configuration hadoop;
    private final Path best;
    private final boolean ownEpochs;
    private final ParameterLayout layout;
    private final List<String> tasks;

    /**
     * @param ownEpochs whether a task's table is that of the task's own best epoch
     */
    Reader(Configuration hadoop, ExperimentCell cell, boolean ownEpochs) {
      this.hadoop = hadoop;
      this.best = cell.folder().file("best");
      this.ownEpochs = ownEpochs;
      ModelFile model = RunFiles.readModel(hadoop, best);
      this.layout = model.model().create(model.samples()).parameters();
      this.tasks = model.samples().tasks();
    }

    List<EmbeddingTables> read(String model, String user, String item) {
      List<EmbeddingTables> tables = new ArrayList<>();
      if (ownEpochs) {
        for (String task : tasks) {
          String view = ConflictSubset.tableOf(task);
          addTables(tables, model, List.of(view), RunFiles.ofTask(best, task), user, item);
        }
      } else {
        addTables(tables, model, views(), new Path(best, RunFiles.WEIGHTS), user, item);
      }
      return tables;
    }

    private void addTables(
        List<EmbeddingTables> tables,
        String model,
        List<String> views,
        Path file,
        String user,
        String item) {
      float[] weights = RunFiles.readWeights(hadoop, file, layout);
      for (String view : views) {
        int users = layout.indexOf(TABLES + view + "/" + user);
        int items = layout.indexOf(TABLES + view + "/" + item);
        tables.add(
            new EmbeddingTables(
                model,
                view,
                layout.get(users).shape()[1],
                values(weights, users),
                values(weights, items)));
      }
    }

    private float[] values(float[] weights, int index) {
      int from = layout.offset(index);
      return Arrays.copyOfRange(weights, from, from + layout.get(index).size());
    }

    /** What stands between the first and the last part of the names of tables. */
    private List<String> views() {
      return layout.parameters().stream()
          .filter(Parameter::isTable)
          .map(Parameter::name)
          .filter(name -> name.startsWith(TABLES))
          .map(name -> name.substring(TABLES.length(), name.lastIndexOf('/')))
          .distinct()
          .toList();
    }
  }
}
