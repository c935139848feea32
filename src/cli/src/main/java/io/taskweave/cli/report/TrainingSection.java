package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Loss by step and epoch, validation AUC by epoch, and the epoch that was kept. */
final class TrainingSection extends Section {
  TrainingSection() {
    super("training", "Training");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    List<JsonNode> epochs = inputs.events("epoch");
    List<JsonNode> steps = inputs.events("step");
    if (epochs.isEmpty() && steps.isEmpty()) {
      note(page, "This run has no training events: run taskweave train.");
      return;
    }
    int best = bestEpoch(inputs.run(), epochs);
    summary(page, epochs, best);
    List<String> tasks = inputs.tasks();
    for (int task = 0; task < tasks.size(); task++) {
      page.element("h3", tasks.get(task)).open("div", "class", "plots");
      draw(page, plots, tasks.get(task), task, steps, epochs, best);
      page.close();
    }
    table(page, tasks, epochs, best);
  }

  private static void summary(Markup page, List<JsonNode> epochs, int best) {
    if (best > 0) {
      note(
          page,
          "The weights of epoch "
              + best
              + " were kept: of "
              + epochs.size()
              + " epochs, it has the best mean over tasks of validation AUC"
              + epochs.stream()
                  .filter(epoch -> epoch.path("epoch").asInt() == best)
                  .findFirst()
                  .map(epoch -> " (" + Figures.score(Figures.number(epoch.path("mean_auc"))) + ")")
                  .orElse("")
              + ".");
    } else {
      note(page, "No epoch is finished yet.");
    }
  }

  /** As the run says, or the last epoch that improved; 0 for none. */
  private static int bestEpoch(JsonNode run, List<JsonNode> epochs) {
    int best = 0;
    for (JsonNode epoch : epochs) {
      best = epoch.path("improved").asBoolean() ? epoch.path("epoch").asInt() : best;
    }
    return run.path("best_epoch").asInt(best);
  }

  private static void draw(
      Markup page,
      Plot plots,
      String task,
      int colour,
      List<JsonNode> steps,
      List<JsonNode> epochs,
      int best) {
    Curve bySteps = new Curve(task, colour);
    steps.forEach(
        step ->
            bySteps.add(
                Figures.number(step.path("step")),
                Figures.number(step.path("loss_by_task").path(task))));
    Curve training = new Curve("training", colour);
    Curve validation = new Curve("validation", colour, true);
    Curve auc = new Curve(task, colour);
    List<String> numbers = new ArrayList<>();
    int bestPlace = 0;
    for (JsonNode epoch : epochs) {
      numbers.add(Figures.plain(epoch.path("epoch")));
      int place = numbers.size();
      bestPlace = epoch.path("epoch").asInt() == best ? place : bestPlace;
      training.add(place, Figures.number(epoch.path("train_loss_by_task").path(task)));
      validation.add(place, Figures.number(epoch.path("validation_log_loss_by_task").path(task)));
      auc.add(place, Figures.number(epoch.path("validation_auc_by_task").path(task)));
    }
    Mark mark = bestPlace == 0 ? Mark.NONE : new Mark("best epoch", List.of((double) bestPlace));
    plots.lines(page, task + ", loss by step", "Step", "Log loss", List.of(bySteps));
    plots.linesOver(
        page,
        task + ", loss by epoch",
        "Epoch",
        "Log loss",
        numbers,
        List.of(training, validation),
        mark);
    plots.linesOver(page, task + ", validation AUC", "Epoch", "AUC", numbers, List.of(auc), mark);
  }

  private static void table(Markup page, List<String> tasks, List<JsonNode> epochs, int best) {
    Table table =
        new Table("Epochs", "Epoch").figure("Learning rate").figure("Mean AUC").figure("Time");
    tasks.forEach(task -> table.figures(task, "Loss", "Validation loss", "AUC"));
    for (JsonNode epoch : epochs) {
      boolean kept = epoch.path("epoch").asInt() == best;
      List<String> row = new ArrayList<>();
      row.add(Figures.plain(epoch.path("epoch")) + (kept ? " (best)" : ""));
      row.add(Figures.digits(Figures.number(epoch.path("learning_rate"))));
      row.add(Figures.score(Figures.number(epoch.path("mean_auc"))));
      row.add(Figures.seconds(Figures.number(epoch.path("seconds"))));
      for (String task : tasks) {
        row.add(Figures.score(Figures.number(epoch.path("train_loss_by_task").path(task))));
        row.add(
            Figures.score(Figures.number(epoch.path("validation_log_loss_by_task").path(task))));
        row.add(Figures.score(Figures.number(epoch.path("validation_auc_by_task").path(task))));
      }
      table.row(row);
    }
    if (!table.isEmpty()) {
      table.write(page);
      note(
          page,
          "The loss by step is that of its batch, the training loss of an epoch the mean over its"
              + " steps while weights move; validation follows at the end of the epoch.");
    }
  }
}
