package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Differences to another run on the same samples. */
final class ComparisonSection extends Section {
  ComparisonSection() {
    super("comparison", "Comparison");
  }

  /** A metric of both runs; the row holds the difference and its interval. */
  private record Difference(MetricRow row, double first, double second) {
    static Difference of(JsonNode record) {
      return new Difference(
          new MetricRow(
              record.path("metric").asText(""),
              record.path("task").asText(""),
              record.path("split").asText(""),
              record.path("group").asText(MetricRow.ALL),
              record.path("weighting").asText(""),
              record.path("checkpoint").asText(MetricRow.COMMON_EPOCH),
              Figures.number(record.path("difference")),
              record.path("rows").asLong(-1),
              record.path("positives").asLong(-1),
              -1,
              -1,
              Figures.number(record.path("ci_low")),
              Figures.number(record.path("ci_high")),
              ""),
          Figures.number(record.path("first")),
          Figures.number(record.path("second")));
    }

    String leavesZeroOut() {
      if (!row.hasInterval()) {
        return Figures.NONE;
      }
      return row.low() > 0 || row.high() < 0 ? "yes" : "no";
    }

    String epoch() {
      return row.atCommonEpoch() ? "common" : "own";
    }

    String metric() {
      String title = MetricDefinition.of(row.metric()).title();
      return row.weighting().isEmpty() ? title : title + ", weighted by " + row.weighting();
    }
  }

  @Override
  boolean applies(ReportInputs inputs) {
    return !inputs.comparison().isMissingNode();
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    JsonNode given = inputs.comparison();
    List<Difference> differences = new ArrayList<>();
    (given.isArray() ? given : given.path("differences"))
        .forEach(record -> differences.add(Difference.of(record)));
    if (differences.isEmpty()) {
      note(page, "The comparison has no records.");
      return;
    }
    note(page, sentence(given));
    List<MetricRow> rows = differences.stream().map(Difference::row).toList();
    String last = SummarySection.finalSplit(rows);
    List<MetricRow> ofLast = rows.stream().filter(row -> row.split().equals(last)).toList();
    draw(page, plots, inputs, ofLast, true);
    if (ofLast.stream().anyMatch(row -> !row.atCommonEpoch())) {
      draw(page, plots, inputs, ofLast, false);
    }
    Set<String> splits = new LinkedHashSet<>(List.of(last));
    rows.forEach(row -> splits.add(row.split()));
    for (String split : splits) {
      List<Difference> ofSplit =
          differences.stream().filter(found -> found.row().split().equals(split)).toList();
      Table auc = table("Differences in AUC, " + split, inputs, ofSplit, true);
      if (split.equals(last) && !auc.isEmpty()) {
        auc.write(page);
      } else {
        folded(page, "Differences in AUC, " + split, auc);
      }
      String others = "Differences in other metrics, " + split;
      folded(page, others, table(others, inputs, ofSplit, false));
    }
  }

  private static String sentence(JsonNode given) {
    String first = given.path("first").asText("");
    String second = given.path("second").asText("");
    String runs =
        first.isEmpty() || second.isEmpty()
            ? "A difference is the second run minus the first"
            : "The first run is "
                + first
                + ", the second "
                + second
                + "; a difference is the second minus the first";
    return runs
        + ", on the same rows, once with the weights of each run's common best epoch and once with"
        + " those of each task's own. Both are measured in each replicate of one bootstrap over users, so"
        + " the interval is that of the difference.";
  }

  private static void draw(
      Markup page,
      Plot plots,
      ReportInputs inputs,
      List<MetricRow> differences,
      boolean atCommonEpoch) {
    List<String> pairs = inputs.pairs().isEmpty() ? List.of("") : inputs.pairs();
    page.open("div", "class", "plots");
    for (String task : inputs.tasks()) {
      for (String pair : pairs) {
        plots.intervals(
            page,
            "AUC of "
                + task
                + (atCommonEpoch ? "" : " at its own epochs")
                + (pair.isEmpty() ? "" : ", groups of " + pair),
            "Difference with 95 % interval",
            Math.max(0, inputs.tasks().indexOf(task)),
            new Mark("no difference", List.of(0.0)),
            differences.stream()
                .filter(row -> row.metric().equals("auc") && row.task().equals(task))
                .filter(row -> row.atCommonEpoch() == atCommonEpoch)
                .filter(row -> row.everyone() || inputs.pairOf(row.group()).equals(pair))
                .toList(),
            inputs::nameInPair);
      }
    }
    page.close();
  }

  private static Table table(
      String title, ReportInputs inputs, List<Difference> differences, boolean auc) {
    boolean several = inputs.pairs().size() > 1;
    Table table =
        several
            ? new Table(title, "Task", "Metric", "Epoch", "Pair", "Group")
            : new Table(title, "Task", "Metric", "Epoch", "Group");
    table.figure("First").figure("Second").figure("Difference").figure("95 % interval");
    table.figure("Leaves 0 out").figure("Rows").figure("Positives");
    List<Difference> shown =
        differences.stream().filter(found -> found.row().metric().equals("auc") == auc).toList();
    for (String task : shown.stream().map(found -> found.row().task()).distinct().toList()) {
      for (String metric : shown.stream().map(Difference::metric).distinct().toList()) {
        for (Difference found : shown) {
          MetricRow row = found.row();
          if (!row.task().equals(task) || !found.metric().equals(metric)) {
            continue;
          }
          List<String> cells = new ArrayList<>(List.of(task, metric, found.epoch()));
          if (several) {
            cells.add(inputs.pairOf(row.group()));
          }
          cells.add(inputs.nameInPair(row.group()));
          cells.add(Figures.score(found.first()));
          cells.add(Figures.score(found.second()));
          cells.add(Figures.difference(row.value()));
          cells.add(Figures.interval(row.low(), row.high()));
          cells.add(found.leavesZeroOut());
          cells.add(Figures.known(row.mean() ? -1 : row.rows()));
          cells.add(Figures.known(row.mean() ? -1 : row.positives()));
          table.row(cells);
        }
      }
    }
    return table;
  }
}
