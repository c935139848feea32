package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Comparable and non-comparable users: sizes, the log-ratio, and what another kappa would do. */
final class GroupSection extends Section {
  GroupSection() {
    super("groups", "Groups");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    JsonNode manifest = inputs.manifests().getOrDefault("groups", MissingNode.getInstance());
    JsonNode summary = manifest.path("summary");
    if (!summary.isObject()) {
      note(page, "This workspace has no groups.");
      return;
    }
    note(
        page,
        "Users are grouped by the log-ratio of their positive feedback between two tasks in the"
            + " training part; kappa is "
            + Figures.plain(summary.path("kappa"))
            + ".");
    sizes(page, summary.path("sizes"));
    rates(page, summary.path("label_rates"));
    page.open("div", "class", "plots");
    histograms(page, plots, summary.path("rho_histogram"));
    sweep(page, plots, summary.path("sweep"));
    page.close();
  }

  private static void sizes(Markup page, JsonNode sizes) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode size : sizes) {
      rows.add(
          List.of(
              size.path("pair").asText(""),
              size.path("group").asText(""),
              Figures.count(size.path("users"))));
    }
    if (rows.isEmpty()) {
      note(page, "No group sizes.");
    } else {
      table(page, "Users by group", 2, List.of("Pair", "Group", "Users"), rows);
    }
  }

  private static void rates(Markup page, JsonNode rates) {
    List<String> tasks = Figures.names(rates.path(0).path("label_rates"));
    List<String> head = new ArrayList<>(List.of("Pair", "Group", "Split", "Rows"));
    tasks.forEach(task -> head.add(task + " rate"));
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode rate : rates) {
      List<String> row = new ArrayList<>();
      row.add(rate.path("pair").asText(""));
      row.add(rate.path("group").asText(""));
      row.add(rate.path("split").asText(""));
      row.add(Figures.count(rate.path("rows")));
      tasks.forEach(task -> row.add(Figures.percent(rate.path("label_rates").path(task))));
      rows.add(row);
    }
    if (!rows.isEmpty()) {
      table(page, "Rows and label rates by group", 3, head, rows);
    }
  }

  private static void histograms(Markup page, Plot plots, JsonNode bins) {
    Map<String, Curve> byPair = new LinkedHashMap<>();
    for (JsonNode bin : bins) {
      double middle = (Figures.number(bin.path("from")) + Figures.number(bin.path("to"))) / 2;
      byPair
          .computeIfAbsent(bin.path("pair").asText(""), Curve::new)
          .add(middle, Figures.number(bin.path("users")));
    }
    plots.lines(page, "Log-ratio of feedback", "rho", "Users", List.copyOf(byPair.values()));
  }

  private static void sweep(Markup page, Plot plots, JsonNode points) {
    Map<String, Curve> comparable = new LinkedHashMap<>();
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode point : points) {
      String pair = point.path("pair").asText("");
      comparable
          .computeIfAbsent(pair, Curve::new)
          .add(Figures.number(point.path("kappa")), Figures.number(point.path("comparable")));
      rows.add(
          List.of(
              pair,
              Figures.plain(point.path("kappa")),
              Figures.count(point.path("first_dominant")),
              Figures.count(point.path("comparable")),
              Figures.count(point.path("second_dominant"))));
    }
    plots.lines(
        page, "Comparable users by kappa", "kappa", "Users", List.copyOf(comparable.values()));
    if (!rows.isEmpty()) {
      table(
          page,
          "Users with feedback by kappa",
          1,
          List.of("Pair", "kappa", "First dominant", "Comparable", "Second dominant"),
          rows);
    }
  }
}
