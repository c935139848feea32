package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How much each task's gate reads from each source. */
final class GateSection extends Section {
  GateSection() {
    super("gates", "Gate weights");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    JsonNode gates = inputs.gates().isArray() ? inputs.gates() : inputs.run().path("gate_weights");
    Map<String, Map<String, Double>> bySource = new LinkedHashMap<>();
    List<String> tasks = new ArrayList<>();
    for (JsonNode gate : gates) {
      String task = gate.path("task").asText("");
      if (!tasks.contains(task)) {
        tasks.add(task);
      }
      bySource
          .computeIfAbsent(gate.path("source").asText(""), source -> new LinkedHashMap<>())
          .put(task, Figures.number(gate.path("mean")));
    }
    if (tasks.isEmpty()) {
      note(page, "This run has no gate weights: its model has no gates, or it is not evaluated.");
      return;
    }
    Map<String, List<Double>> series = new LinkedHashMap<>();
    List<List<String>> rows = new ArrayList<>();
    for (String task : tasks) {
      List<String> row = new ArrayList<>();
      row.add(task);
      bySource
          .values()
          .forEach(means -> row.add(Figures.percent(means.getOrDefault(task, Double.NaN))));
      rows.add(row);
    }
    bySource.forEach(
        (source, means) ->
            series.put(
                source,
                tasks.stream().map(task -> 100 * means.getOrDefault(task, Double.NaN)).toList()));
    page.open("div", "class", "plots");
    plots.bars(page, "Sources by task", "Task", "Mean weight, percent", tasks, series, true);
    page.close();
    List<String> head = new ArrayList<>(List.of("Task"));
    head.addAll(bySource.keySet());
    table(page, "Mean gate weight by source", 1, head, rows);
    note(
        page,
        "A row shows how much of a task's representation comes from its own experts, from those of"
            + " the other tasks and from the shared ones; each sums to 100 percent.");
  }
}
