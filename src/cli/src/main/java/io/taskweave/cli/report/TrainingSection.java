package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Loss by step and epoch, validation AUC and learning rate by epoch. */
final class TrainingSection extends Section {
  TrainingSection() {
    super("training", "Training");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    List<JsonNode> epochs = events(inputs, "epoch");
    List<JsonNode> steps = events(inputs, "step");
    if (epochs.isEmpty() && steps.isEmpty()) {
      note(page, "This run has no training events.");
      return;
    }
    Curve rate = new Curve("learning rate");
    epochs.forEach(
        epoch ->
            rate.add(
                Figures.number(epoch.path("epoch")),
                1e3 * Figures.number(epoch.path("learning_rate"))));
    page.open("div", "class", "plots");
    plots.lines(page, "Loss by step", "Step", "Log loss", curves(steps, "step", "loss_by_task"));
    plots.lines(
        page,
        "Training loss by epoch",
        "Epoch",
        "Log loss",
        curves(epochs, "epoch", "train_loss_by_task"));
    plots.lines(
        page,
        "Validation AUC by epoch",
        "Epoch",
        "AUC",
        curves(epochs, "epoch", "validation_auc_by_task"));
    plots.lines(page, "Learning rate", "Epoch", "Rate, thousandths", List.of(rate));
    page.close();
    table(page, epochs);
  }

  private static void table(Markup page, List<JsonNode> epochs) {
    if (epochs.isEmpty()) {
      return;
    }
    List<String> tasks = Figures.names(epochs.get(0).path("validation_auc_by_task"));
    List<String> head = new ArrayList<>(List.of("Epoch", "Improved", "Rate", "Mean AUC"));
    for (String task : tasks) {
      head.add(task + " loss");
      head.add(task + " AUC");
    }
    head.add("Time");
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode epoch : epochs) {
      List<String> row = new ArrayList<>();
      row.add(Figures.plain(epoch.path("epoch")));
      row.add(epoch.path("improved").asBoolean() ? "yes" : "no");
      row.add(Figures.plain(epoch.path("learning_rate")));
      row.add(Figures.score(Figures.number(epoch.path("mean_auc"))));
      for (String task : tasks) {
        row.add(Figures.score(Figures.number(epoch.path("train_loss_by_task").path(task))));
        row.add(Figures.score(Figures.number(epoch.path("validation_auc_by_task").path(task))));
      }
      row.add(Figures.seconds(Figures.number(epoch.path("seconds"))));
      rows.add(row);
    }
    table(page, "Epochs", 2, head, rows);
  }

  private static List<JsonNode> events(ReportInputs inputs, String kind) {
    return inputs.events().stream()
        .filter(event -> event.path("event").asText("").equals(kind))
        .toList();
  }

  private static List<Curve> curves(List<JsonNode> events, String x, String values) {
    Map<String, Curve> byTask = new LinkedHashMap<>();
    for (JsonNode event : events) {
      for (String task : Figures.names(event.path(values))) {
        byTask
            .computeIfAbsent(task, Curve::new)
            .add(Figures.number(event.path(x)), Figures.number(event.path(values).path(task)));
      }
    }
    return List.copyOf(byTask.values());
  }
}
