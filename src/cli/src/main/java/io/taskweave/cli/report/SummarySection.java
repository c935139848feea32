package io.taskweave.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the run reached, in one sentence and one table. */
final class SummarySection extends Section {
  SummarySection() {
    super("summary", "Summary");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    List<MetricRow> aucs =
        inputs.metrics().stream()
            .filter(row -> row.metric().equals("auc") && row.everyone())
            .toList();
    if (aucs.isEmpty()) {
      note(page, "This run has no metrics yet: evaluate it first.");
      return;
    }
    String split = finalSplit(aucs);
    List<MetricRow> shown = aucs.stream().filter(row -> row.split().equals(split)).toList();
    page.element("p", headline(inputs.runName(), split, shown), "class", "headline");
    List<List<String>> rows = new ArrayList<>();
    for (MetricRow row : aucs) {
      rows.add(
          List.of(
              row.task(),
              row.split(),
              Figures.score(row.value()),
              Figures.interval(row.low(), row.high()),
              row.rows() < 0 ? Figures.NONE : Figures.count(row.rows()),
              row.positives() < 0 ? Figures.NONE : Figures.count(row.positives())));
    }
    table(
        page,
        "AUC by task",
        2,
        List.of("Task", "Split", "AUC", "95 % interval", "Rows", "Positives"),
        rows);
    note(
        page,
        "AUC is the chance that a positive row scores above a negative one, ties counted half."
            + " Intervals come from a bootstrap over users.");
  }

  /** The split that the headline speaks of: test where there is one. */
  static String finalSplit(List<MetricRow> rows) {
    for (String split : List.of("test", "valid")) {
      if (rows.stream().anyMatch(row -> row.split().equals(split))) {
        return split;
      }
    }
    return rows.get(0).split();
  }

  private static String headline(String run, String split, List<MetricRow> rows) {
    String tasks =
        rows.stream()
            .map(
                row ->
                    row.task()
                        + " "
                        + Figures.score(row.value())
                        + (row.hasInterval()
                            ? " (" + Figures.interval(row.low(), row.high()) + ")"
                            : ""))
            .collect(Collectors.joining("; "));
    return String.format(
        Locale.ROOT, "On the %s split, %s reaches AUC by task: %s.", split, run, tasks);
  }
}
