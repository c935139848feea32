package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The tables of an experiment's page: AUC over seeds, models and their widths, cells. */
final class GridTables {
  private final TransferInputs inputs;

  GridTables(TransferInputs inputs) {
    this.inputs = inputs;
  }

  /** Means over seeds on all samples of the split, the learning rates that were not chosen too. */
  void write(Markup page) {
    Map<List<String>, List<JsonNode>> rows = new LinkedHashMap<>();
    List<String> tasks = new ArrayList<>(inputs.tasks());
    tasks.add(MetricRow.MEAN);
    for (String task : tasks) {
      for (JsonNode record : inputs.table()) {
        if (record.path("task").asText().equals(task)
            && record.path("split").asText().equals(inputs.split())
            && record.path("group").asText().equals(MetricRow.ALL)) {
          rows.computeIfAbsent(key(record), any -> new ArrayList<>()).add(record);
        }
      }
    }
    Table table =
        new Table("AUC on all samples of " + inputs.split(), "Task", "Model", "Optimizer", "Rate");
    table.figures("At the common epoch", "AUC", "sd", "Epoch");
    table.figures("At the task's own epoch", "AUC", "sd", "Epoch");
    table.figure("Seeds");
    rows.forEach(
        (key, records) -> {
          List<String> cells = new ArrayList<>(key);
          figures(cells, records, true);
          figures(cells, records, false);
          cells.add(Figures.plain(records.get(0).path("seeds")));
          table.row(cells);
        });
    if (table.isEmpty()) {
      Section.note(page, "No cell has finished.");
      return;
    }
    table.write(page);
    Section.note(
        page,
        "Means over seeds, with the standard deviation (sd, n − 1) over them. A star marks the"
            + " learning rate that the mean validation AUC of the common epoch prefers for the"
            + " model and optimizer; differences are those of marked rates. Figures of all groups"
            + " and splits are in table.json.");
  }

  private static List<String> key(JsonNode record) {
    return List.of(
        record.path("task").asText(),
        record.path("model").asText(),
        record.path("optimizer").asText(),
        Figures.digits(record.path("learning_rate").asDouble())
            + (record.path("chosen").asBoolean() ? " ★" : ""));
  }

  private static void figures(List<String> cells, List<JsonNode> records, boolean common) {
    for (JsonNode record : records) {
      boolean ofCommon = record.path("checkpoint").asText().equals(MetricRow.COMMON_EPOCH);
      if (ofCommon == common) {
        cells.add(Figures.score(Figures.number(record.path("auc"))));
        cells.add(Figures.score(Figures.number(record.path("deviation"))));
        cells.add(Figures.digits(rounded(Figures.number(record.path("epoch")))));
        return;
      }
    }
    cells.addAll(List.of(Figures.NONE, Figures.NONE, Figures.NONE));
  }

  private static double rounded(double epoch) {
    return Double.isFinite(epoch) ? Math.rint(10 * epoch) / 10 : epoch;
  }

  /** How wide and how large each model is. */
  void models(Markup page) {
    Table table = new Table("Models", "Model", "Type", "As wide as");
    table.figure("Columns a field").figure("Parameters");
    for (JsonNode model : inputs.experiment().path("models")) {
      Set<String> equal = new TreeSet<>();
      for (JsonNode other : inputs.experiment().path("models")) {
        if (other.path("table_width").equals(model.path("table_width")) && !other.equals(model)) {
          equal.add(other.path("name").asText());
        }
      }
      table.row(
          model.path("name").asText(),
          model.path("type").asText(),
          equal.isEmpty() ? Figures.NONE : String.join(", ", equal),
          Figures.count(model.path("table_width")),
          Figures.count(model.path("parameters")));
    }
    table.write(page);
    Section.note(
        page,
        "Columns a field are those of all tables of one field together: more tables are more"
            + " parameters, whatever they are for. Only models that are as wide as each other tell"
            + " what their structure does. Those of single-task are split among its tasks.");
  }

  /** Every training, with what it cost. */
  void cells(Markup page) {
    Table table = new Table("Trainings", "Run", "Status");
    table.figure("Best epoch").figure("Epochs").figure("Mean validation AUC");
    table.figure("Training").figure("Evaluation");
    for (JsonNode cell : inputs.experiment().path("cells")) {
      table.row(
          cell.path("run").asText(),
          cell.path("status").asText(),
          Figures.plain(cell.path("best_epoch")),
          Figures.plain(cell.path("epochs")),
          Figures.score(Figures.number(cell.path("mean_validation_auc"))),
          Figures.seconds(Figures.number(cell.path("training_seconds"))),
          Figures.seconds(Figures.number(cell.path("evaluation_seconds"))));
    }
    table.write(page);
    Section.note(
        page,
        "Each is an ordinary run of the workspace with a report of its own. An evaluation that was"
            + " up to date took no time.");
  }
}
