package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
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
    JsonNode summary = inputs.manifest("groups").path("summary");
    if (inputs.pairs().isEmpty()) {
      note(
          page,
          "This workspace has no groups: there is one task only, groups.enabled is off, or taskweave"
              + " groups has not run.");
      return;
    }
    boolean tertiles = summary.path("method").asText("").equals("tertiles");
    definition(page, summary, tertiles);
    sizes(page, inputs, summary);
    page.element("h3", "Log-ratio and κ");
    KappaChoice choice = new KappaChoice(inputs);
    page.open("div", "class", "plots");
    for (String pair : inputs.pairs()) {
      histogram(page, plots, pair, summary, tertiles);
      choice.draw(page, plots, pair);
    }
    page.close();
    choice.write(page);
    histogramTable(page, summary.path("rho_histogram"));
  }

  private static void definition(Markup page, JsonNode summary, boolean tertiles) {
    boolean normalised = summary.path("normalise").asBoolean();
    note(
        page,
        "For tasks A and B with a user's positives P in the training part, ρ is ln((P_A + 1) / n_A)"
            + " − ln((P_B + 1) / n_B), where n is "
            + (normalised ? "the mean over users of P + 1" : "1, so counts are raw")
            + ". "
            + (tertiles
                ? "Users are parted at the tertiles of ρ over users with feedback."
                : "A user is comparable while |ρ| is at most ln κ, and else dominated by the task"
                    + " with more feedback; κ is "
                    + Figures.digits(Figures.number(summary.path("kappa")))
                    + ".")
            + " Users without a positive are a group of their own, and so are users whom the"
            + " training part does not hold (unseen). The definition and κ are choices of this"
            + " project: the STEM paper leaves both open.");
  }

  private static void sizes(Markup page, ReportInputs inputs, JsonNode summary) {
    List<String> splits = new ArrayList<>();
    Map<List<String>, JsonNode> rates = new LinkedHashMap<>();
    Map<List<String>, String> users = new LinkedHashMap<>();
    Map<String, Long> totals = new LinkedHashMap<>();
    for (JsonNode size : summary.path("sizes")) {
      String pair = size.path("pair").asText("");
      totals.merge(pair, size.path("users").asLong(), Long::sum);
    }
    for (JsonNode rate : summary.path("label_rates")) {
      splits.add(rate.path("split").asText(""));
      rates.put(
          List.of(
              rate.path("pair").asText(""),
              rate.path("group").asText(""),
              rate.path("split").asText("")),
          rate);
    }
    for (String pair : inputs.pairs()) {
      for (JsonNode size : summary.path("sizes")) {
        if (size.path("pair").asText("").equals(pair)) {
          users.put(
              List.of(pair, size.path("group").asText("")), Figures.count(size.path("users")));
        }
      }
      rates.keySet().stream()
          .filter(key -> key.get(0).equals(pair))
          .forEach(key -> users.putIfAbsent(key.subList(0, 2), Figures.NONE));
    }
    List<String> named = LabelCount.inOrder(splits);
    List<String> tasks = new ArrayList<>();
    summary.path("tasks").forEach(task -> tasks.add(task.asText()));
    Table table = new Table("Users, rows and label rates by group", "Pair", "Group");
    table.figures("Users of the training part", "Users", "Share");
    for (String split : named) {
      List<String> columns = new ArrayList<>(List.of("Rows"));
      columns.addAll(tasks);
      table.figures(split, columns.toArray(String[]::new));
    }
    users.forEach(
        (key, count) -> {
          List<String> cells = new ArrayList<>(key);
          cells.add(count);
          cells.add(
              count.equals(Figures.NONE)
                  ? Figures.NONE
                  : Figures.share(size(summary, key), totals.getOrDefault(key.get(0), 0L)));
          for (String split : named) {
            JsonNode rate = rates.get(List.of(key.get(0), key.get(1), split));
            cells.add(rate == null ? Figures.NONE : Figures.count(rate.path("rows")));
            for (String task : tasks) {
              cells.add(
                  rate == null
                      ? Figures.NONE
                      : Figures.percent(rate.path("label_rates").path(task)));
            }
          }
          table.row(cells);
        });
    table.write(page);
  }

  private static long size(JsonNode summary, List<String> key) {
    for (JsonNode size : summary.path("sizes")) {
      if (size.path("pair").asText("").equals(key.get(0))
          && size.path("group").asText("").equals(key.get(1))) {
        return size.path("users").asLong();
      }
    }
    return 0;
  }

  private static void histogram(
      Markup page, Plot plots, String pair, JsonNode summary, boolean tertiles) {
    Curve outline = new Curve(pair, 0);
    double end = Double.NaN;
    boolean negative = false;
    for (JsonNode bin : summary.path("rho_histogram")) {
      if (!bin.path("pair").asText("").equals(pair)) {
        continue;
      }
      double from = Figures.number(bin.path("from"));
      double to = Figures.number(bin.path("to"));
      double users = Figures.number(bin.path("users"));
      negative |= from < 0;
      if (from != end) {
        outline.add(end, 0).add(from, 0);
      }
      outline.add(from, users).add(to, users);
      end = to;
    }
    outline.add(end, 0);
    double limit = Math.log(Figures.number(summary.path("kappa")));
    Mark mark = Mark.NONE;
    if (!tertiles && Double.isFinite(limit)) {
      mark =
          negative ? new Mark("± ln κ", List.of(-limit, limit)) : new Mark("ln κ", List.of(limit));
    }
    plots.histogram(page, "Log-ratio of " + pair, "ρ", "Users", outline, mark);
  }

  private static void histogramTable(Markup page, JsonNode bins) {
    Table table =
        new Table("Users with feedback by log-ratio", "Pair", "ρ from", "to").figure("Users");
    for (JsonNode bin : bins) {
      table.row(
          bin.path("pair").asText(""),
          Figures.times(Figures.number(bin.path("from"))),
          Figures.times(Figures.number(bin.path("to"))),
          Figures.count(bin.path("users")));
    }
    folded(page, "The figures by log-ratio", table);
  }
}
