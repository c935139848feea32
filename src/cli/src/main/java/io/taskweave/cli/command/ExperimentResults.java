package io.taskweave.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.cli.configuration.ExperimentConfiguration;
import io.taskweave.cli.configuration.ExperimentGrid.Cell;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.TaskConfiguration;
import io.taskweave.cli.report.TransferPage;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.metric.Checkpoint;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.pipeline.evaluate.GroupNames;
import io.taskweave.pipeline.evaluate.ReplicateRecord;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.transfer.Grid;
import io.taskweave.pipeline.transfer.GridCell;
import io.taskweave.pipeline.transfer.GridRecord;
import io.taskweave.pipeline.transfer.TransferRecord;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * What the finished cells of an experiment say together, in the experiment's folder: {@code
 * experiment.json} (models and cells), {@code table.json} (mean and deviation over seeds) and
 * {@code transfer.json} (differences to the baseline).
 */
final class ExperimentResults {
  static final String EXPERIMENT = "experiment.json";
  static final String TABLE = "table.json";
  static final String TRANSFER = "transfer.json";
  static final String CONFLICTS = "conflicts.json";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final PipelineConfiguration configuration;
  private final List<ExperimentCell> cells;
  private final RunFolder folder;
  private final Grid grid;

  ExperimentResults(PipelineConfiguration configuration, List<ExperimentCell> cells) {
    this.configuration = configuration;
    this.cells = cells;
    this.folder = new RunFolder(folder(configuration), new Configuration());
    this.grid =
        new Grid(
            cells.stream()
                .filter(ExperimentCell::isFinished)
                .map(ExperimentResults::gridCell)
                .toList());
  }

  static Path folder(PipelineConfiguration configuration) {
    return new Path(
        configuration.workspace().workspace(), "experiments/" + configuration.experiment().name());
  }

  /** The split that differences are measured on. */
  String split() {
    return EvaluationStep.lastSplit(configuration.evaluation().splits());
  }

  /** Writes the files, the page about them and, to the terminal, the table of all rows. */
  void write(SparkSession spark, PrintWriter out) {
    List<GridRecord> table = grid.table();
    List<TransferRecord> transfer =
        grid.transfer(configuration.experiment().baseline(), baselineIsSingleTask(), split());
    folder.writeText(EXPERIMENT, description().toPrettyString() + "\n");
    folder.writeText(TABLE, text(table));
    folder.writeText(TRANSFER, text(transfer));
    folder.writeText(
        CONFLICTS,
        new ConflictStep(configuration, cells, grid)
            .measure(spark, split())
            .map(ExperimentResults::text)
            .orElse("{}\n"));
    print(table, out);
    TransferPage page = TransferPage.read(folder.path(), new Configuration());
    page.sentences().forEach(out::println);
    out.println("report in " + page.write());
    out.flush();
  }

  private static String text(Object content) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(content) + "\n";
    } catch (JsonProcessingException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static GridCell gridCell(ExperimentCell finished) {
    RunFolder run = finished.folder();
    JsonNode record = run.record();
    SortedMap<String, Integer> ownEpochs = new TreeMap<>();
    record
        .path("best_by_task")
        .fields()
        .forEachRemaining(
            task -> ownEpochs.put(task.getKey(), task.getValue().path("epoch").asInt()));
    Cell cell = finished.cell();
    return new GridCell(
        cell.model(),
        cell.optimizer(),
        cell.learningRate(),
        cell.seed(),
        record.path("best_mean_auc").asDouble(),
        record.path("best_epoch").asInt(),
        ownEpochs,
        replicates(run));
  }

  private static List<ReplicateRecord> replicates(RunFolder run) {
    try {
      return JSON.readValue(run.text(EvaluationStep.REPLICATES), new TypeReference<>() {});
    } catch (JsonProcessingException failure) {
      throw new InputRejectedException(
          "Cannot read "
              + run.file(EvaluationStep.REPLICATES)
              + ": "
              + failure.getOriginalMessage()
              + ", evaluate the run again with --force",
          failure);
    }
  }

  private boolean baselineIsSingleTask() {
    return cells.stream()
        .filter(cell -> cell.cell().model().equals(configuration.experiment().baseline()))
        .allMatch(cell -> cell.cell().configuration().model().spec() instanceof SingleTaskSpec);
  }

  private ObjectNode description() {
    ExperimentConfiguration experiment = configuration.experiment();
    ObjectNode node = JSON.createObjectNode();
    node.put("name", experiment.name());
    node.put("baseline", experiment.baseline());
    node.put("baseline_is_single_task", baselineIsSingleTask());
    node.put("split", split());
    node.put("replicates", configuration.evaluation().replicates());
    node.put("kappa", configuration.groups().kappa());
    ArrayNode tasks = node.putArray("tasks");
    configuration.tasks().stream().map(TaskConfiguration::name).forEach(tasks::add);
    SampleLayout layout =
        FeatureEncoder.open(new Path(configuration.workspace().workspace(), "samples")).layout();
    ArrayNode models = node.putArray("models");
    List<String> described = new ArrayList<>();
    for (ExperimentCell cell : cells) {
      if (!described.contains(cell.cell().model())) {
        described.add(cell.cell().model());
        describe(models.addObject(), cell.cell(), layout);
      }
    }
    ArrayNode list = node.putArray("cells");
    cells.forEach(cell -> cell.describe(list.addObject()));
    return node;
  }

  private static void describe(ObjectNode node, Cell cell, SampleLayout layout) {
    ModelSpec spec = cell.configuration().model().spec();
    ParameterLayout parameters = spec.create(layout).parameters();
    node.put("name", cell.model());
    node.put("type", spec.type());
    node.put("parameters", parameters.size());
    node.put("table_width", widestTable(parameters));
  }

  /** Columns of all tables of one field together, of the field with the most. */
  private static int widestTable(ParameterLayout parameters) {
    SortedMap<String, Integer> widths = new TreeMap<>();
    parameters.parameters().stream()
        .filter(parameter -> parameter.isTable())
        .forEach(
            table ->
                widths.merge(
                    table.name().substring(table.name().lastIndexOf('/') + 1),
                    table.shape()[1],
                    Integer::sum));
    return widths.values().stream().mapToInt(width -> width).max().orElse(0);
  }

  private void print(List<GridRecord> table, PrintWriter out) {
    out.println();
    out.println(
        "AUC on "
            + split()
            + ": mean and deviation over seeds and the best epoch, for all tasks together and for"
            + " each by itself");
    out.println(
        String.format(
            Locale.ROOT,
            "%-12s %-20s %-14s %-8s %5s  %-23s  %s",
            "task",
            "model",
            "optimizer",
            "rate",
            "seeds",
            "common epoch",
            "own epoch"));
    for (String task : table.stream().map(GridRecord::task).distinct().toList()) {
      for (GridRecord common : table) {
        if (common.task().equals(task)
            && common.group().equals(GroupNames.ALL)
            && common.split().equals(split())
            && common.checkpoint() == Checkpoint.COMMON_EPOCH) {
          out.println(line(common, own(table, common)));
        }
      }
    }
    out.println("by group and split in " + folder.file(TABLE));
    out.flush();
  }

  private static GridRecord own(List<GridRecord> table, GridRecord common) {
    return table.stream()
        .filter(
            record ->
                record.checkpoint() == Checkpoint.OWN_EPOCH
                    && record.model().equals(common.model())
                    && record.optimizer().equals(common.optimizer())
                    && record.learningRate() == common.learningRate()
                    && record.task().equals(common.task())
                    && record.split().equals(common.split())
                    && record.group().equals(common.group()))
        .findFirst()
        .orElseThrow();
  }

  private static String line(GridRecord common, GridRecord own) {
    return String.format(
        Locale.ROOT,
        "%-12s %-20s %-14s %-8s %5d  %s  %s",
        common.task(),
        common.model(),
        common.optimizer(),
        Double.toString(common.learningRate()),
        common.seeds(),
        figures(common),
        figures(own));
  }

  private static String figures(GridRecord record) {
    String epoch =
        Double.isNaN(record.epoch())
            ? ""
            : String.format(Locale.ROOT, "epoch %.1f", record.epoch());
    String deviation =
        Double.isNaN(record.deviation())
            ? ""
            : String.format(Locale.ROOT, "±%.4f", record.deviation());
    return String.format(Locale.ROOT, "%.4f %-7s %-9s", record.auc(), deviation, epoch);
  }
}
