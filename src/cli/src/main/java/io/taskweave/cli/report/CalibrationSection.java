package io.taskweave.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Mean prediction against actual rate in bins of ascending score. */
final class CalibrationSection extends Section {
  /** Followed by the number of the bin, from 1; the value is mean prediction over actual rate. */
  static final String BIN = "calibration_bin_";

  CalibrationSection() {
    super("calibration", "Calibration by score");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    List<MetricRow> bins =
        inputs.metrics().stream()
            .filter(MetricRow::atCommonEpoch)
            .filter(row -> row.metric().startsWith(BIN) && row.everyone())
            .toList();
    if (bins.isEmpty()) {
      note(
          page,
          "This run has no calibration by score: run taskweave evaluate with"
              + " evaluate.calibration-bins above 0.");
      return;
    }
    note(
        page,
        "Rows in order of their score are cut into bins of equal size. The dashed diagonal is"
            + " perfect calibration; above it the model predicts too little. A bin without positives"
            + " has no ratio, so no mean prediction and no point.");
    String last = SummarySection.finalSplit(bins);
    List<String> tasks = inputs.tasks();
    page.open("div", "class", "plots");
    for (String task : tasks) {
      Curve curve = new Curve(task, tasks.indexOf(task));
      for (MetricRow bin : bins) {
        if (bin.split().equals(last) && bin.task().equals(task)) {
          curve.add(100 * predicted(bin), 100 * actual(bin));
        }
      }
      plots.diagonal(
          page, task + ", " + last, "Mean prediction, percent", "Positive rate, percent", curve);
    }
    page.close();
    Set<String> splits = new LinkedHashSet<>(List.of(last));
    bins.forEach(bin -> splits.add(bin.split()));
    for (String split : splits) {
      Table table = table(split, tasks, bins);
      if (split.equals(last)) {
        table.write(page);
      } else {
        folded(page, "Calibration by score, " + split, table);
      }
    }
  }

  private static Table table(String split, List<String> tasks, List<MetricRow> bins) {
    Table table = new Table("Calibration by score, " + split, "Bin");
    tasks.forEach(task -> table.figures(task, "Predicted", "Actual", "Ratio", "Rows", "Positives"));
    Set<String> names = new LinkedHashSet<>();
    bins.forEach(bin -> names.add(bin.metric()));
    for (String name : names) {
      List<String> cells = new ArrayList<>(List.of(name.substring(BIN.length())));
      for (String task : tasks) {
        cells.addAll(
            bins.stream()
                .filter(bin -> bin.metric().equals(name))
                .filter(bin -> bin.split().equals(split) && bin.task().equals(task))
                .findFirst()
                .map(
                    bin ->
                        List.of(
                            Figures.percent(predicted(bin)),
                            Figures.percent(actual(bin)),
                            Figures.times(bin.value()),
                            Figures.count(bin.rows()),
                            Figures.count(bin.positives())))
                .orElse(
                    List.of(Figures.NONE, Figures.NONE, Figures.NONE, Figures.NONE, Figures.NONE)));
      }
      table.row(cells);
    }
    return table;
  }

  private static double actual(MetricRow bin) {
    return bin.rows() > 0 ? (double) bin.positives() / bin.rows() : Double.NaN;
  }

  private static double predicted(MetricRow bin) {
    return bin.value() * actual(bin);
  }
}
