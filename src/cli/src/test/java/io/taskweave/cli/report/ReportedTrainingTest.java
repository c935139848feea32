package io.taskweave.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the report says of a training and of what the model has learnt. */
class ReportedTrainingTest extends WrittenReport {
  @Test
  void trainingShowsEveryEpochAndMarksTheBest() throws IOException {
    fixture("view", "like");
    ReadPage page = new ReadPage(write());

    for (String line : Files.readAllLines(run.resolve("events.jsonl"))) {
      JsonNode event = JsonMapper.builder().build().readTree(line);
      if (!event.path("event").asText().equals("epoch")) {
        continue;
      }
      int epoch = event.path("epoch").asInt();
      assertThat(page.table("Epochs").get(epoch == 2 ? "2 (best)" : Integer.toString(epoch)))
          .containsEntry("Mean AUC", score(event.path("mean_auc")))
          .containsEntry("like / Loss", score(event.path("train_loss_by_task").path("like")))
          .containsEntry(
              "like / Validation loss",
              score(event.path("validation_log_loss_by_task").path("like")))
          .containsEntry("view / AUC", score(event.path("validation_auc_by_task").path("view")));
    }
    assertThat(page.section("training")).contains("The weights of epoch 2").contains("best epoch");
  }

  @Test
  void dominanceIsToldByLayerTaskAndEpoch() throws IOException {
    fixture("view", "like");
    ReadPage page = new ReadPage(write());

    List<JsonNode> last = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("events.jsonl"))) {
      JsonNode event = JsonMapper.builder().build().readTree(line);
      if (event.path("event").asText().equals("dominance") && event.path("epoch").asInt() == 3) {
        last.add(event);
      }
    }
    assertThat(last).hasSize(2);
    for (JsonNode event : last) {
      Map<String, String> cells =
          page.table("Shares of the updates, epoch 3").get(event.path("parameter").asText());
      assertThat(cells).containsEntry("Elements", count(event.path("elements")));
      for (String task : List.of("view", "like")) {
        JsonNode of = event.path("by_task").path(task);
        assertThat(cells)
            .containsEntry(task + " / Mean", percent(of.path("mean").asDouble()))
            .containsEntry(task + " / Dominated", percent(of.path("dominated").asDouble()));
      }
    }
    JsonNode table = last.get(0).path("by_task").path("view").path("dominated");
    JsonNode layer = last.get(1).path("by_task").path("view").path("dominated");
    assertThat(page.section("dominance"))
        .contains(
            "At the end of epoch 3, view dominates "
                + percent(table.asDouble())
                + " of the shared tables' elements and "
                + percent(layer.asDouble())
                + " of the shared layers'; like dominates ")
        .contains("like, part of the elements it dominates")
        .contains("all shared tables");
  }

  @Test
  void gatesShowWhatEachTaskReads() throws IOException {
    RunFixture files = fixture("view", "like");
    ReadPage page = new ReadPage(write());

    for (JsonNode gate : files.read("gates.json")) {
      assertThat(
              page.table("Mean gate weight by source, " + gate.path("split").asText())
                  .get(gate.path("task").asText() + " / " + gate.path("group").asText()))
          .containsEntry("Rows", count(gate.path("rows")))
          .containsEntry(
              "Reads from / " + gate.path("source").asText(),
              percent(gate.path("mean").asDouble()));
    }
  }

  @Test
  void aModelWithoutGatesIsNotCalledUnmeasured() throws IOException {
    fixture("view", "like");
    Files.writeString(run.resolve("gates.json"), "[]");
    Files.writeString(run.resolve("best/model.json"), "{\"type\":\"shared-bottom\"}");

    assertThat(new ReadPage(write()).section("gates")).contains("no gates: it is shared-bottom.");
  }

  @Test
  void whatIsLearntOfWhenAndWhatStandsBesideTheData() throws IOException {
    fixture("view", "like");
    Files.writeString(
        run.resolve("correlation.json"),
        """
        {"sequence": "visits", "attribute": "topic", "task": "view", "columns": "positions",
         "column_names": [1, 2], "targets": [{"target": "t1", "behaviours": ["t1", "<b>"],
          "data": {"cells": [[0.5, 0], [0, 0]], "peak": {"behaviour": "t1", "column": "1"}},
          "learnt": [{"view": "shared", "cells": [[1, 3], [2, 1]],
                      "peak": {"behaviour": "t1", "column": "2"},
                      "pearson": -0.256, "spearman": 0.125}]}]}
        """);
    ReadPage page = new ReadPage(write());

    assertThat(page.table("Peaks and agreement of the maps").get("t1 / shared"))
        .containsEntry("In the data / Peak", "t1 at 1")
        .containsEntry("Learnt / Peak", "t1 at 2")
        .containsEntry("Learnt / Pearson", "-0.26")
        .containsEntry("Learnt / Spearman", "0.13");
    assertThat(page.section("correlation"))
        .contains("Target t1, in the data", "Target t1, learnt, shared table")
        .contains("Target t1, decay of t1 itself");
    assertThat(page.table("Means of the rows, target t1").get("t1"))
        .containsEntry("In the data", "1.00")
        .containsEntry("Learnt, shared table", "1.00");
    assertThat(page.table("Means of the rows, target t1").get("<b>"))
        .containsEntry("In the data", "0.00")
        .containsEntry("Learnt, shared table", "0.75");
  }

  @Test
  void aTargetThatIsNoBehaviourHasNoDecay() throws IOException {
    fixture("view", "like");
    Files.writeString(
        run.resolve("correlation.json"),
        """
        {"sequence": "visits", "attribute": "topic", "task": "view", "columns": "positions",
         "column_names": [1], "targets": [{"target": "t1", "behaviours": ["t2"],
          "data": {"cells": [[0.5]]}, "learnt": []}]}
        """);
    assertThat(write()).contains("Target t1, in the data").doesNotContain("decay of");
  }

  @Test
  void withoutACorrelationItsPartIsLeftOut() throws IOException {
    fixture("view", "like");
    assertThat(write()).doesNotContain("id=\"correlation\"");
  }
}
