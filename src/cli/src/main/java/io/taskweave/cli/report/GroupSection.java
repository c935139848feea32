package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    JsonNode rates = summary.path("label_rates");
    List<String> splits = new ArrayList<>();
    rates.forEach(rate -> splits.add(rate.path("split").asText("")));
    List<String> tasks = new ArrayList<>();
    summary.path("tasks").forEach(task -> tasks.add(task.asText()));
    Table table = new Table("Users, rows and label rates by group", "Pair", "Group");
    table.figures("Users of the training part", "Users", "Share");
    for (String split : LabelCount.inOrder(splits)) {
      List<String> columns = new ArrayList<>(List.of("Rows"));
      columns.addAll(tasks);
      table.figures(split, columns.toArray(String[]::new));
    }
    for (String pair : inputs.pairs()) {
      Set<String> groups = new LinkedHashSet<>();
      long users = 0;
      for (JsonNode size : of(summary.path("sizes"), Map.of("pair", pair))) {
        groups.add(size.path("group").asText(""));
        users += size.path("users").asLong();
      }
      of(rates, Map.of("pair", pair)).forEach(rate -> groups.add(rate.path("group").asText("")));
      for (String group : groups) {
        JsonNode size = one(summary.path("sizes"), Map.of("pair", pair, "group", group));
        List<String> cells = new ArrayList<>(List.of(pair, group));
        cells.add(Figures.count(size.path("users")));
        cells.add(
            size.isMissingNode()
                ? Figures.NONE
                : Figures.share(size.path("users").asLong(), users));
        for (String split : LabelCount.inOrder(splits)) {
          JsonNode rate = one(rates, Map.of("pair", pair, "group", group, "split", split));
          cells.add(Figures.count(rate.path("rows")));
          tasks.forEach(task -> cells.add(Figures.percent(rate.path("label_rates").path(task))));
        }
        table.row(cells);
      }
    }
    table.write(page);
  }

  private static JsonNode one(JsonNode records, Map<String, String> keys) {
    List<JsonNode> found = of(records, keys);
    return found.isEmpty() ? MissingNode.getInstance() : found.get(0);
  }

  private static List<JsonNode> of(JsonNode records, Map<String, String> keys) {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode record : records) {
      if (keys.entrySet().stream()
          .allMatch(key -> record.path(key.getKey()).asText("").equals(key.getValue()))) {
        found.add(record);
      }
    }
    return found;
  }

  private static void histogram(
      Markup page, Plot plots, String pair, JsonNode summary, boolean tertiles) {
    Curve outline = new Curve(pair, 0);
    double end = Double.NaN;
    boolean negative = false;
    for (JsonNode bin : of(summary.path("rho_histogram"), Map.of("pair", pair))) {
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
