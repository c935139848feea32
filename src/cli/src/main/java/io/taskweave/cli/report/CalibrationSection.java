package io.taskweave.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Mean prediction against actual rate in bins of ascending score. */
final class CalibrationSection extends Section {
  /** Followed by the number of the bin, from 1; the value is mean prediction over actual rate. */
  static final String BIN = "calibration_bin_";

  CalibrationSection() {
    super("calibration", "Calibration");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    List<MetricRow> bins =
        inputs.metrics().stream()
            .filter(row -> row.metric().startsWith(BIN) && row.everyone())
            .toList();
    if (bins.isEmpty()) {
      note(page, "This run has no calibration by score bin.");
      return;
    }
    String split = SummarySection.finalSplit(bins);
    Map<String, Curve> curves = new LinkedHashMap<>();
    List<List<String>> rows = new ArrayList<>();
    for (MetricRow bin : bins) {
      if (!bin.split().equals(split)) {
        continue;
      }
      double actual = bin.rows() > 0 ? (double) bin.positives() / bin.rows() : Double.NaN;
      double predicted = bin.value() * actual;
      curves.computeIfAbsent(bin.task(), Curve::new).add(100 * predicted, 100 * actual);
      rows.add(
          List.of(
              bin.task(),
              bin.metric().substring(BIN.length()),
              Figures.percent(predicted),
              Figures.percent(actual),
              Figures.score(bin.value()),
              Figures.count(bin.rows()),
              Figures.count(bin.positives())));
    }
    page.open("div", "class", "plots");
    curves
        .values()
        .forEach(
            curve ->
                plots.diagonal(
                    page,
                    "Calibration of " + curve.name() + ", " + split,
                    "Mean prediction, percent",
                    "Actual rate, percent",
                    List.of(curve)));
    page.close();
    table(
        page,
        "Calibration by score bin",
        1,
        List.of("Task", "Bin", "Predicted", "Actual", "Ratio", "Rows", "Positives"),
        rows);
    note(
        page,
        "The grey diagonal is perfect calibration. A bin without positives has no ratio and no"
            + " point.");
  }
}
