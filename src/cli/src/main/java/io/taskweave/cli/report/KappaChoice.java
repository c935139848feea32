package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What hangs on the choice of kappa: the sizes of groups, and AUC on comparable rows. */
final class KappaChoice {
  private static final List<String> SIDES =
      List.of("first_dominant", "comparable", "second_dominant");
  private static final int COMPARABLE_COLOUR = 7;

  private final ReportInputs inputs;
  private final JsonNode sizes;
  private final JsonNode aucs;

  KappaChoice(ReportInputs inputs) {
    this.inputs = inputs;
    this.sizes = inputs.manifest("groups").path("summary").path("sweep");
    this.aucs = inputs.kappaSweep();
  }

  void draw(Markup page, Plot plots, String pair) {
    drawSizes(page, plots, pair);
    drawAucs(page, plots, pair);
  }

  private void drawSizes(Markup page, Plot plots, String pair) {
    List<String> kappas = new ArrayList<>();
    List<List<Double>> shares = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (JsonNode point : of(sizes, pair)) {
      kappas.add(kappa(point));
      for (int side = 0; side < SIDES.size(); side++) {
        shares.get(side).add(100.0 * point.path(SIDES.get(side)).asLong() / users(point));
      }
    }
    List<String> tasks = List.of(pair.split("\\|", 2));
    boolean two = tasks.size() == 2;
    List<Bars> bars = new ArrayList<>();
    bars.add(
        new Bars(
            two ? tasks.get(0) + " dominant" : "dominant", colour(tasks.get(0)), shares.get(0)));
    bars.add(new Bars("comparable", COMPARABLE_COLOUR, shares.get(1)));
    if (two) {
      bars.add(new Bars(tasks.get(1) + " dominant", colour(tasks.get(1)), shares.get(2)));
    }
    plots.bars(page, pair + ", groups by κ", "κ", "Percent of users", kappas, bars, true);
  }

  private void drawAucs(Markup page, Plot plots, String pair) {
    List<String> kappas = new ArrayList<>();
    Map<String, Curve> byTask = new LinkedHashMap<>();
    for (JsonNode record : of(aucs, pair)) {
      if (record.path("group").asText("").equals("comparable")) {
        if (!kappas.contains(kappa(record))) {
          kappas.add(kappa(record));
        }
        String task = record.path("task").asText("");
        byTask
            .computeIfAbsent(task, name -> new Curve(name, colour(name)))
            .add(kappas.indexOf(kappa(record)) + 1, Figures.number(record.path("value")));
      }
    }
    if (!byTask.isEmpty()) {
      plots.linesOver(
          page,
          pair + ", AUC of comparable by κ",
          "κ",
          "AUC",
          kappas,
          List.copyOf(byTask.values()),
          Mark.NONE);
    }
  }

  void write(Markup page) {
    if (sizes.isEmpty()) {
      Section.note(page, "No other values of κ were asked for: groups.sweep is empty.");
      return;
    }
    Table table =
        new Table("Users with feedback by κ", "Pair", "κ")
            .figure("First dominant")
            .figure("Comparable")
            .figure("Second dominant")
            .figure("Share comparable");
    for (String pair : inputs.pairs()) {
      for (JsonNode point : of(sizes, pair)) {
        table.row(
            pair,
            kappa(point),
            Figures.count(point.path("first_dominant")),
            Figures.count(point.path("comparable")),
            Figures.count(point.path("second_dominant")),
            Figures.share(point.path("comparable").asLong(), users(point)));
      }
    }
    table.write(page);
    Section.note(
        page,
        "First and second are the tasks of the pair in its order; users without feedback are left"
            + " out. Over all tasks at once (overall), every dominant user counts as first.");
    if (aucs.isEmpty()) {
      Section.note(page, "AUC by κ is not measured yet: run taskweave evaluate.");
      return;
    }
    Table measured =
        new Table("AUC by κ and group", "Pair", "κ", "Group", "Task")
            .figure("AUC")
            .figure("Rows")
            .figure("Positives");
    for (JsonNode record : aucs) {
      measured.row(
          record.path("pair").asText(""),
          kappa(record),
          record.path("group").asText(""),
          record.path("task").asText(""),
          Figures.score(Figures.number(record.path("value"))),
          Figures.count(record.path("rows")),
          Figures.count(record.path("positives")));
    }
    Section.note(
        page,
        "AUC by κ has no interval: where positives are few (see the table), its ups and downs are"
            + " noise.");
    Section.folded(
        page, "AUC by κ and group, " + aucs.path(0).path("split").asText("") + " split", measured);
  }

  private static List<JsonNode> of(JsonNode records, String pair) {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode record : records) {
      if (record.path("pair").asText("").equals(pair)) {
        found.add(record);
      }
    }
    return found;
  }

  private int colour(String task) {
    return Math.max(0, inputs.tasks().indexOf(task));
  }

  private static String kappa(JsonNode record) {
    return Figures.digits(Figures.number(record.path("kappa")));
  }

  private static long users(JsonNode point) {
    return SIDES.stream().mapToLong(side -> point.path(side).asLong()).sum();
  }
}
