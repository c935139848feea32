package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Rows and labels of a task in one split and day; days are empty where several are added up. */
record LabelCount(String split, String day, String task, long rows, long labelled, long positives) {

  static List<LabelCount> of(JsonNode labels) {
    List<LabelCount> counts = new ArrayList<>();
    for (JsonNode label : labels) {
      counts.add(
          new LabelCount(
              label.path("split").asText(""),
              label.path("dt").asText(""),
              label.path("task").asText(""),
              label.path("rows").asLong(),
              label.path("labelled").asLong(),
              label.path("positives").asLong()));
    }
    return counts;
  }

  /** Sums by task, in order of appearance. */
  static List<LabelCount> byTask(List<LabelCount> counts, Predicate<LabelCount> chosen) {
    Map<String, LabelCount> sums = new LinkedHashMap<>();
    counts.stream().filter(chosen).forEach(c -> sums.merge(c.task(), c, LabelCount::plus));
    return List.copyOf(sums.values());
  }

  static List<String> splits(List<LabelCount> counts) {
    return inOrder(counts.stream().map(LabelCount::split).toList());
  }

  /** Each name once: training first, then validation and test, then any other by name. */
  static List<String> inOrder(List<String> splits) {
    List<String> ordered = new ArrayList<>(List.of("train", "valid", "test"));
    splits.stream().sorted().forEach(ordered::add);
    return ordered.stream().distinct().filter(splits::contains).toList();
  }

  /** Rows of every split; empty without an analysis. */
  static Map<String, Long> splitsOf(ReportInputs inputs) {
    List<LabelCount> counts = of(inputs.analysis().path("labels"));
    Map<String, Long> rows = new LinkedHashMap<>();
    for (String split : splits(counts)) {
      rows.put(split, byTask(counts, count -> count.split().equals(split)).get(0).rows());
    }
    return rows;
  }

  static List<String> days(List<LabelCount> counts) {
    return counts.stream().map(LabelCount::day).distinct().sorted().toList();
  }

  /** Share of labelled rows with label 1; NaN without labels. */
  double rate() {
    return labelled == 0 ? Double.NaN : (double) positives / labelled;
  }

  private LabelCount plus(LabelCount other) {
    return new LabelCount(
        split, "", task, rows + other.rows, labelled + other.labelled, positives + other.positives);
  }
}
