package io.taskweave.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransferPageTest {
  @TempDir Path folder;

  @BeforeEach
  void writeFiles() throws IOException {
    Files.writeString(
        folder.resolve("experiment.json"),
        """
        {"name": "tiny", "baseline": "single-task", "baseline_is_single_task": true,
         "split": "test", "replicates": 200, "kappa": 1.5, "tasks": ["like"],
         "models": [
           {"name": "single-task", "type": "single-task", "table_width": 32, "parameters": 1000},
           {"name": "mmoe", "type": "mmoe", "table_width": 16, "parameters": 2000},
           {"name": "wide", "type": "mmoe", "table_width": 48, "parameters": 4000},
           {"name": "stem-net", "type": "stem-net", "table_width": 48, "parameters": 3000}],
         "cells": [
           {"run": "mmoe-1", "seed": 1, "status": "finished", "best_epoch": 3, "epochs": 5,
            "mean_validation_auc": 0.75, "training_seconds": 12.5, "evaluation_seconds": 3.5},
           {"run": "mmoe-2", "seed": 2, "status": "failed", "reason": "Cannot <go> on"}]}
        """);
    Files.writeString(
        folder.resolve("table.json"),
        """
        [{"model": "mmoe", "optimizer": "adam", "learning_rate": 0.001, "chosen": true,
          "task": "like", "split": "test", "group": "all", "checkpoint": "common_epoch",
          "auc": 0.7711, "deviation": 0.0044, "epoch": 2.66666, "seeds": 3},
         {"model": "mmoe", "optimizer": "adam", "learning_rate": 0.001, "chosen": true,
          "task": "like", "split": "test", "group": "all", "checkpoint": "own_epoch",
          "auc": 0.7811, "deviation": null, "epoch": 4, "seeds": 3},
         {"model": "mmoe", "optimizer": "adam", "learning_rate": 0.001, "chosen": true,
          "task": "like", "split": "valid", "group": "all", "checkpoint": "own_epoch",
          "auc": 0.9999, "deviation": null, "epoch": 4, "seeds": 3}]
        """);
    Files.writeString(
        folder.resolve("transfer.json"),
        "["
            + transfer("mmoe", "all", -.004, -.009, .001)
            + ","
            + transfer("mmoe", "comparable", -.0083, -.0141, -.0022)
            + ","
            + transfer("stem-net", "comparable", .0032, -.0018, .0084)
            + "]");
    Files.writeString(folder.resolve("conflicts.json"), "{}");
  }

  /** The model loses one hundredth more at the common epoch. */
  private static String transfer(
      String model, String group, double difference, double low, double high) {
    return String.format(
        Locale.ROOT,
        """
        {"model": "%s", "optimizer": "adam", "task": "like", "split": "test", "group": "%s",
         "rows": 12345, "positives": 321, "baseline_auc": 0.78, "common_epoch_auc": 0.76,
         "own_epoch_auc": 0.77, "deviation": 0.0031,
         "at_common_epoch": {"value": %.6f, "ci_low": -0.03, "ci_high": -0.01},
         "at_own_epoch": {"value": %.6f, "ci_low": %.6f, "ci_high": %.6f},
         "stopping": {"value": -0.01, "ci_low": -0.015, "ci_high": -0.005}}
        """,
        model,
        group,
        difference - .01,
        difference,
        low,
        high);
  }

  private TransferPage page() {
    return TransferPage.read(
        new org.apache.hadoop.fs.Path(folder.toUri()), new Configuration(false));
  }

  private ReadPage written() throws IOException {
    page().write();
    return new ReadPage(Files.readString(folder.resolve("report.html")));
  }

  @Test
  void aSentenceSaysWhatATaskLosesAndWhatOfItIsOnlyTheStopping() throws IOException {
    assertThat(page().sentences())
        .containsExactly(
            "like loses 0.8 points of AUC on comparable samples under mmoe with adam (−1.4 to"
                + " −0.2). At the common epoch of all tasks the difference is −1.8, of which −1.0"
                + " is only the stopping.",
            "like gains 0.3 points of AUC on comparable samples under stem-net with adam (−0.2 to"
                + " +0.8, so it may be nothing). At the common epoch of all tasks the difference is"
                + " −0.7, of which −1.0 is only the stopping.");
    assertThat(written().section("answer")).contains(page().sentences().get(0));
  }

  @Test
  void everyDifferenceStandsTwice() throws IOException {
    var table = written().table("Against single-task, comparable of test");
    assertThat(table.get("like / adam / mmoe"))
        .containsEntry("Baseline", "0.7800")
        .containsEntry("At the task's own epoch / Difference", "-0.0083")
        .containsEntry("At the task's own epoch / 95 % interval", "-0.0141 to -0.0022")
        .containsEntry("At the task's own epoch / sd of seeds", "0.0031")
        .containsEntry("At the common epoch / Difference", "-0.0183")
        .containsEntry("Only the stopping / AUC", "-0.0100")
        .containsEntry("Positives", "321");
    assertThat(table).containsKey("like / adam / stem-net");
    assertThat(written().table("Against single-task, all samples of test"))
        .containsOnlyKeys("like / adam / mmoe");
  }

  @Test
  void theTableHoldsBothEpochsOfTheLastSplit() throws IOException {
    assertThat(written().table("AUC on all samples of test").get("like / mmoe / adam / 0.001 ★"))
        .containsEntry("At the common epoch / AUC", "0.7711")
        .containsEntry("At the common epoch / sd", "0.0044")
        .containsEntry("At the common epoch / Epoch", "2.7")
        .containsEntry("At the task's own epoch / AUC", "0.7811")
        .containsEntry("At the task's own epoch / sd", "–")
        .containsEntry("Seeds", "3");
  }

  @Test
  void modelsOfOneWidthAreNamed() throws IOException {
    var table = written().table("Models");
    assertThat(table.get("stem-net / stem-net / wide")).containsEntry("Columns a field", "48");
    assertThat(table).containsKey("mmoe / mmoe / –");
  }

  @Test
  void whatFailedAndWhatCannotBeSaidIsSaid() throws IOException {
    ReadPage page = written();
    assertThat(page.section("limits"))
        .contains("The groups are ours", "2 seeds tell little", "200 resamplings of users")
        .contains("because they failed: mmoe-2 (Cannot <go> on)");
    assertThat(page.table("Trainings").get("mmoe-1 / finished"))
        .containsEntry("Training", "12.5 s")
        .containsEntry("Evaluation", "3.5 s");
    assertThat(page.section("conflicts")).contains("Not measured");
  }

  @Test
  void conflictingPairsAreCountedByTable() throws IOException {
    Files.writeString(
        folder.resolve("conflicts.json"),
        """
        {"split": "test", "frequency": 0.6, "far_percentile": 0.6, "near_percentile": 0.4,
         "rows": 20000, "kept": 15000,
         "records": [{"model": "mmoe", "table": "shared", "far_task": "like",
           "near_task": "view", "pairs": 1000, "near": 700, "far": 100,
           "near_limit": 0.1, "far_limit": 0.2,
           "bins": [{"from": 0, "to": 0.1, "conflict": 700, "others": 4000},
                    {"from": 0.1, "to": 0.2, "conflict": 300, "others": 10000}]}]}
        """);
    ReadPage page = written();
    assertThat(
            page.table("Conflicting pairs by table")
                .get("far by like, near by view / mmoe / shared"))
        .containsEntry("Rows", "1,000")
        .containsEntry("Near", "70.00 %")
        .containsEntry("Between", "20.00 %")
        .containsEntry("Far", "10.00 %");
    assertThat(page.section("conflicts")).contains("15,000 of 20,000 rows", "60th percentile");
  }

  @Test
  void withoutSingleTaskModelsOrGroupsNothingIsSaidOfThem() throws IOException {
    Path experiment = folder.resolve("experiment.json");
    Files.writeString(experiment, Files.readString(experiment).replace("true", "false"));
    Files.writeString(
        folder.resolve("transfer.json"), "[" + transfer("mmoe", "all", -.004, -.009, .001) + "]");
    page().write();
    assertThat(Files.readString(folder.resolve("report.html")))
        .contains("How do the models differ?")
        .doesNotContain("Does sharing hurt?", "The groups are ours", "Single-task models of one");
    assertThat(written().section("limits")).contains("2 seeds tell little");
  }

  @Test
  void withoutABaselineThereIsNothingToCompare() throws IOException {
    Files.writeString(folder.resolve("transfer.json"), "[]");
    assertThat(page().sentences()).isEmpty();
    assertThat(written().section("answer")).contains("There is nothing to compare");
  }
}
