package io.taskweave.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Metrics by task, split and group with intervals, each after its definition. */
final class MetricSection extends Section {
  MetricSection() {
    super("metrics", "Metrics");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    List<MetricRow> all =
        inputs.metrics().stream()
            .filter(row -> !row.metric().startsWith(CalibrationSection.BIN))
            .toList();
    List<MetricRow> metrics = all.stream().filter(MetricRow::atCommonEpoch).toList();
    if (metrics.isEmpty()) {
      note(page, "This run has no metrics yet: run taskweave evaluate.");
      return;
    }
    note(
        page,
        MetricDefinition.INTERVAL
            + " A value without an interval was measured without a bootstrap; a dash is a value"
            + " that is undefined, such as AUC without positives.");
    Set<String> names = new LinkedHashSet<>();
    MetricDefinition.all().forEach(known -> names.add(known.metric()));
    metrics.forEach(row -> names.add(row.metric()));
    for (String name : names) {
      List<MetricRow> rows = metrics.stream().filter(row -> row.metric().equals(name)).toList();
      if (!rows.isEmpty()) {
        metric(page, plots, inputs, MetricDefinition.of(name), rows);
      }
    }
    ownEpochs(page, inputs, all.stream().filter(row -> !row.atCommonEpoch()).toList());
  }

  private static void ownEpochs(Markup page, ReportInputs inputs, List<MetricRow> own) {
    if (own.isEmpty()) {
      return;
    }
    page.element("h3", "At each task's own best epoch");
    note(
        page,
        "All figures above are those of one set of weights, from the epoch with the best mean AUC"
            + " over tasks. Here each task has the weights of its own best epoch, chosen on"
            + " validation like the common one.");
    List<String> splits = own.stream().map(MetricRow::split).distinct().toList();
    for (String name : own.stream().map(MetricRow::metric).distinct().toList()) {
      for (String split : splits) {
        MetricDefinition definition = MetricDefinition.of(name);
        List<MetricRow> rows =
            of(own.stream().filter(row -> row.metric().equals(name)).toList(), split);
        if (!rows.isEmpty()) {
          folded(
              page,
              definition.title() + " at own epochs, " + split,
              table(definition, split, inputs, rows));
        }
      }
    }
  }

  private static void metric(
      Markup page,
      Plot plots,
      ReportInputs inputs,
      MetricDefinition definition,
      List<MetricRow> rows) {
    page.element("h3", definition.title());
    if (!definition.definition().isEmpty()) {
      note(page, definition.definition());
    }
    String last = SummarySection.finalSplit(rows);
    if (definition.metric().equals("auc")) {
      intervals(page, plots, inputs, of(rows, last));
    }
    Set<String> splits = new LinkedHashSet<>(List.of(last));
    rows.forEach(row -> splits.add(row.split()));
    for (String split : splits) {
      Table table = table(definition, split, inputs, of(rows, split));
      if (split.equals(last)) {
        table.write(page);
      } else {
        folded(page, definition.title() + ", " + split, table);
      }
    }
  }

  private static List<MetricRow> of(List<MetricRow> rows, String split) {
    return rows.stream().filter(row -> row.split().equals(split)).toList();
  }

  private static void intervals(
      Markup page, Plot plots, ReportInputs inputs, List<MetricRow> rows) {
    List<String> pairs = inputs.pairs().isEmpty() ? List.of("") : inputs.pairs();
    page.open("div", "class", "plots");
    for (String task : tasks(rows)) {
      if (task.equals(MetricRow.MEAN)) {
        continue;
      }
      for (String pair : pairs) {
        List<MetricRow> shown =
            rows.stream()
                .filter(row -> row.task().equals(task))
                .filter(row -> row.everyone() || inputs.pairOf(row.group()).equals(pair))
                .toList();
        String groups = pair.isEmpty() ? "" : ", groups of " + pair;
        plots.intervals(
            page,
            task + ", " + shown.get(0).split() + groups,
            "AUC with 95 % interval",
            Math.max(0, inputs.tasks().indexOf(task)),
            new Mark("all", List.of(shown.get(0).value())),
            shown,
            inputs::nameInPair);
      }
    }
    page.close();
  }

  private static Table table(
      MetricDefinition definition, String split, ReportInputs inputs, List<MetricRow> rows) {
    boolean byUser = definition.metric().equals("gauc");
    boolean counts = definition.metric().equals("auc");
    boolean several = inputs.pairs().size() > 1;
    List<String> texts = new ArrayList<>();
    if (byUser) {
      texts.add("Weighting");
    }
    if (several) {
      texts.add("Pair");
    }
    texts.add("Group");
    Table table = new Table(definition.title() + ", " + split, texts.toArray(String[]::new));
    List<String> tasks = tasks(rows);
    for (String task : tasks) {
      if (byUser) {
        table.figures(task, definition.title(), "95 % interval", "Users", "Skipped");
      } else if (counts && !task.equals(MetricRow.MEAN)) {
        table.figures(task, definition.title(), "95 % interval", "Rows", "Positives");
      } else {
        table.figures(task, definition.title(), "95 % interval");
      }
    }
    Set<List<String>> lines = new LinkedHashSet<>();
    rows.forEach(row -> lines.add(List.of(row.weighting(), row.group())));
    List<List<String>> sorted = new ArrayList<>(lines);
    if (byUser) {
      List<String> weightings = rows.stream().map(MetricRow::weighting).distinct().toList();
      sorted.sort(Comparator.comparingInt(line -> weightings.indexOf(line.get(0))));
    }
    for (List<String> line : sorted) {
      List<String> cells = new ArrayList<>();
      if (byUser) {
        cells.add(line.get(0));
      }
      if (several) {
        cells.add(inputs.pairOf(line.get(1)));
      }
      cells.add(inputs.nameInPair(line.get(1)));
      for (String task : tasks) {
        MetricRow found =
            rows.stream()
                .filter(row -> row.task().equals(task))
                .filter(row -> List.of(row.weighting(), row.group()).equals(line))
                .findFirst()
                .orElse(null);
        cells.addAll(figures(found, byUser, counts && !task.equals(MetricRow.MEAN)));
      }
      table.row(cells);
    }
    return table;
  }

  private static List<String> figures(MetricRow row, boolean byUser, boolean counts) {
    List<String> cells = new ArrayList<>();
    cells.add(row == null ? Figures.NONE : Figures.score(row.value()));
    cells.add(row == null ? Figures.NONE : Figures.interval(row.low(), row.high()));
    if (byUser || counts) {
      long first = row == null ? -1 : byUser ? row.groupsUsed() : row.rows();
      long second = row == null ? -1 : byUser ? row.groupsSkipped() : row.positives();
      cells.add(Figures.known(first));
      cells.add(Figures.known(second));
    }
    return cells;
  }

  private static List<String> tasks(List<MetricRow> rows) {
    return rows.stream().map(MetricRow::task).distinct().toList();
  }
}
