package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How much each task's gate reads from each source. */
final class GateSection extends Section {
  private static final String SHARED = "shared";
  private static final int SHARED_COLOUR = 7;

  /** Who reads, where. */
  private record Reader(String split, String group, String task) {}

  GateSection() {
    super("gates", "Gate weights");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    Map<Reader, Map<String, Double>> means = new LinkedHashMap<>();
    Map<Reader, JsonNode> rows = new LinkedHashMap<>();
    Set<String> sources = new LinkedHashSet<>();
    for (JsonNode gate : inputs.gates()) {
      Reader reader =
          new Reader(
              gate.path("split").asText(""),
              gate.path("group").asText(MetricRow.ALL),
              gate.path("task").asText(""));
      String source = gate.path("source").asText("");
      sources.add(source);
      rows.put(reader, gate.path("rows"));
      means
          .computeIfAbsent(reader, any -> new LinkedHashMap<>())
          .put(source, Figures.number(gate.path("mean")));
    }
    if (means.isEmpty()) {
      note(
          page,
          inputs.gates().isArray()
              ? "The model of this run has no gates"
                  + (inputs.modelType().isEmpty() ? "." : ": it is " + inputs.modelType() + ".")
              : "Gate weights are not measured yet: run taskweave evaluate.");
      return;
    }
    note(
        page,
        "A gate mixes the outputs of experts by weights that sum to 1 for each row. Shown is the"
            + " mean over rows of the weight on the experts of each source, at the last layer: how"
            + " much a task reads from its own experts, from those of the other tasks and from the"
            + " shared ones; where no expert belongs to a task, from each expert, or from those of"
            + " each table. Large splits are read from a sample of their rows.");
    Set<String> splits = new LinkedHashSet<>();
    means.keySet().forEach(reader -> splits.add(reader.split()));
    String last = splits.contains("test") ? "test" : splits.iterator().next();
    draw(page, plots, inputs, last, List.copyOf(sources), means);
    tables(page, inputs, last, splits, List.copyOf(sources), means, rows);
  }

  private static void draw(
      Markup page,
      Plot plots,
      ReportInputs inputs,
      String split,
      List<String> sources,
      Map<Reader, Map<String, Double>> means) {
    List<String> tasks = means.keySet().stream().map(Reader::task).distinct().toList();
    page.open("div", "class", "plots");
    List<Reader> everyone =
        tasks.stream().map(task -> new Reader(split, MetricRow.ALL, task)).toList();
    plots.shares(
        page, "Read by each task, " + split, "Percent", tasks, bars(sources, means, everyone));
    for (String pair : inputs.pairs()) {
      for (String task : tasks) {
        List<Reader> readers =
            means.keySet().stream()
                .filter(reader -> reader.split().equals(split) && reader.task().equals(task))
                .filter(reader -> inputs.pairOf(reader.group()).equals(pair))
                .toList();
        if (!readers.isEmpty()) {
          plots.shares(
              page,
              "Read by " + task + ", groups of " + pair,
              "Percent",
              readers.stream().map(reader -> inputs.nameInPair(reader.group())).toList(),
              bars(sources, means, readers));
        }
      }
    }
    page.close();
  }

  private static List<Bars> bars(
      List<String> sources, Map<Reader, Map<String, Double>> means, List<Reader> readers) {
    return sources.stream()
        .map(
            source ->
                new Bars(
                    source,
                    source.equals(SHARED) ? SHARED_COLOUR : sources.indexOf(source),
                    readers.stream().map(reader -> mean(means, reader, source)).toList()))
        .toList();
  }

  private static double mean(Map<Reader, Map<String, Double>> means, Reader reader, String source) {
    return 100 * means.getOrDefault(reader, Map.of()).getOrDefault(source, Double.NaN);
  }

  private static void tables(
      Markup page,
      ReportInputs inputs,
      String last,
      Set<String> splits,
      List<String> sources,
      Map<Reader, Map<String, Double>> means,
      Map<Reader, JsonNode> rows) {
    Set<String> ordered = new LinkedHashSet<>(List.of(last));
    ordered.addAll(splits);
    boolean several = inputs.pairs().size() > 1;
    for (String split : ordered) {
      String title = "Mean gate weight by source, " + split;
      Table table =
          several ? new Table(title, "Task", "Pair", "Group") : new Table(title, "Task", "Group");
      table.figure("Rows").figures("Reads from", sources.toArray(String[]::new));
      List<Reader> readers =
          means.keySet().stream()
              .filter(reader -> reader.split().equals(split))
              .sorted(Comparator.comparingInt(reader -> inputs.tasks().indexOf(reader.task())))
              .toList();
      for (Reader reader : readers) {
        List<String> cells = new ArrayList<>(List.of(reader.task()));
        if (several) {
          cells.add(inputs.pairOf(reader.group()));
        }
        cells.add(inputs.nameInPair(reader.group()));
        cells.add(Figures.count(rows.get(reader)));
        sources.forEach(
            source ->
                cells.add(Figures.percent(means.get(reader).getOrDefault(source, Double.NaN))));
        table.row(cells);
      }
      if (split.equals(last)) {
        table.write(page);
      } else {
        folded(page, title, table);
      }
    }
  }
}
