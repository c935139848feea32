package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What the run reached: one sentence, the facts that it rests on, and AUC by task and split. */
final class SummarySection extends Section {
  SummarySection() {
    super("summary", "Summary");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    List<MetricRow> aucs =
        inputs.metrics().stream()
            .filter(row -> row.metric().equals("auc") && row.everyone() && row.atCommonEpoch())
            .toList();
    if (!aucs.isEmpty()) {
      page.element("p", headline(aucs), "class", "headline");
    }
    facts(page, inputs);
    if (aucs.isEmpty()) {
      note(page, "This run has no metrics yet: run taskweave evaluate.");
      return;
    }
    table(aucs, ownEpochs(inputs)).write(page);
    note(
        page,
        "Tasks peak at different epochs. AUC is that of the common best epoch, own that of the"
            + " task's own best epoch; both epochs are chosen on validation.");
    note(page, MetricDefinition.of("auc").definition() + " " + MetricDefinition.INTERVAL);
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

  private static String headline(List<MetricRow> aucs) {
    String split = finalSplit(aucs);
    String tasks =
        aucs.stream()
            .filter(row -> row.split().equals(split) && !row.mean())
            .map(
                row ->
                    row.task()
                        + " "
                        + Figures.score(row.value())
                        + (row.hasInterval()
                            ? " (" + Figures.interval(row.low(), row.high()) + ")"
                            : ""))
            .collect(Collectors.joining("; "));
    return "AUC on the " + split + " split: " + tasks + ".";
  }

  private static void facts(Markup page, ReportInputs inputs) {
    Map<String, String> facts = new LinkedHashMap<>();
    JsonNode run = inputs.run();
    facts.put("Model", inputs.modelType());
    facts.put("Status", run.path("status").asText(""));
    facts.put("Tasks", String.join(", ", inputs.tasks()));
    LabelCount.splitsOf(inputs)
        .forEach((split, rows) -> facts.put("Rows, " + split, Figures.count(rows)));
    facts.put("Users", total(inputs.analysis().path("user_activity")));
    facts.put("Items", total(inputs.analysis().path("item_popularity")));
    inputs.events("start").stream()
        .findFirst()
        .ifPresent(start -> facts.put("Parameters", Figures.count(start.path("parameters"))));
    if (run.path("best_epoch").isNumber()) {
      facts.put(
          "Best epoch",
          Figures.plain(run.path("best_epoch")) + " of " + Figures.plain(run.path("epochs")));
    }
    if (run.path("seconds").isNumber()) {
      facts.put("Training took", Figures.seconds(run.path("seconds").asDouble()));
    }
    facts.values().removeIf(String::isEmpty);
    if (facts.isEmpty()) {
      return;
    }
    page.open("dl", "class", "facts");
    facts.forEach(
        (name, value) -> page.open("div").element("dt", name).element("dd", value).close());
    page.close();
  }

  private static String total(JsonNode bins) {
    long total = 0;
    for (JsonNode bin : bins) {
      total += bin.path("count").asLong();
    }
    return bins.isEmpty() ? "" : Figures.count(total);
  }

  private static List<MetricRow> ownEpochs(ReportInputs inputs) {
    return inputs.metrics().stream()
        .filter(row -> row.metric().equals("auc") && row.everyone() && !row.atCommonEpoch())
        .toList();
  }

  private static Table table(List<MetricRow> aucs, List<MetricRow> own) {
    List<String> splits = aucs.stream().map(MetricRow::split).distinct().toList();
    Table table = new Table("AUC by task", "Task");
    splits.forEach(
        split -> table.figures(split, "AUC", "95 % interval", "Own", "Rows", "Positives"));
    for (String task : aucs.stream().map(MetricRow::task).distinct().toList()) {
      List<String> cells = new ArrayList<>(List.of(task));
      for (String split : splits) {
        cells.addAll(
            aucs.stream()
                .filter(row -> row.task().equals(task) && row.split().equals(split))
                .findFirst()
                .map(
                    row ->
                        List.of(
                            Figures.score(row.value()),
                            Figures.interval(row.low(), row.high()),
                            own(own, row),
                            Figures.known(row.mean() ? -1 : row.rows()),
                            Figures.known(row.mean() ? -1 : row.positives())))
                .orElse(Collections.nCopies(5, Figures.NONE)));
      }
      table.row(cells);
    }
    return table;
  }

  private static String own(List<MetricRow> own, MetricRow common) {
    return own.stream()
        .filter(row -> row.task().equals(common.task()) && row.split().equals(common.split()))
        .findFirst()
        .map(row -> Figures.score(row.value()))
        .orElse(Figures.NONE);
  }
}
