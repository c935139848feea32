package io.taskweave.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Metrics by task and group with intervals. */
final class MetricSection extends Section {
  MetricSection() {
    super("metrics", "Metrics by task and group");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    List<MetricRow> metrics =
        inputs.metrics().stream()
            .filter(row -> !row.metric().startsWith(CalibrationSection.BIN))
            .toList();
    if (metrics.isEmpty()) {
      note(page, "This run has no metrics yet: evaluate it first.");
      return;
    }
    String split = SummarySection.finalSplit(metrics);
    Set<String> tasks = new LinkedHashSet<>();
    metrics.forEach(row -> tasks.add(row.task()));
    page.open("div", "class", "plots");
    for (String task : tasks) {
      plots.intervals(
          page,
          "AUC of " + task + " by group, " + split,
          "AUC with 95 % interval",
          metrics.stream()
              .filter(row -> row.metric().equals("auc") && row.task().equals(task))
              .filter(row -> row.split().equals(split))
              .toList());
    }
    page.close();
    for (String task : tasks) {
      page.element("h3", task);
      table(page, task, metrics);
    }
    note(
        page,
        "GAUC is the mean AUC over users, weighted by the weighting named; users with one label"
            + " only are skipped and counted. Calibration is mean prediction over positive rate."
            + " Normalised entropy is log loss over that of the base rate.");
  }

  private static void table(Markup page, String task, List<MetricRow> metrics) {
    List<List<String>> rows = new ArrayList<>();
    for (MetricRow row : metrics) {
      if (!row.task().equals(task)) {
        continue;
      }
      boolean byUser = row.metric().equals("gauc");
      rows.add(
          List.of(
              row.metric().replace('_', ' '),
              row.weighting().isEmpty() ? Figures.NONE : row.weighting(),
              row.split(),
              row.group(),
              Figures.score(row.value()),
              Figures.interval(row.low(), row.high()),
              row.rows() < 0 ? Figures.NONE : Figures.count(row.rows()),
              row.positives() < 0 ? Figures.NONE : Figures.count(row.positives()),
              byUser ? Figures.count(row.groupsUsed()) : Figures.NONE,
              byUser ? Figures.count(row.groupsSkipped()) : Figures.NONE));
    }
    table(
        page,
        "Metrics of " + task,
        4,
        List.of(
            "Metric",
            "Weighting",
            "Split",
            "Group",
            "Value",
            "95 % interval",
            "Rows",
            "Positives",
            "Users",
            "Skipped"),
        rows);
  }
}
