package io.taskweave.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

class ReportTest {
  private static final String HOSTILE = "<script>alert('x')</script>&\" onload=\"y";
  private static final Map<String, String> TITLES =
      Map.of(
          "auc", "AUC",
          "gauc", "GAUC",
          "log_loss", "Log loss",
          "normalised_entropy", "Normalised entropy",
          "calibration", "Calibration");

  /** Tables with sums and quotients, whose tests calculate them. */
  private static final Set<String> CALCULATED =
      Set.of(
          "Rows and label rates by split",
          "Rows and label rates by day",
          "Co-occurrence of labels",
          "Users and items by their number of rows",
          "Users, rows and label rates by group",
          "Users with feedback by κ",
          "Calibration by score",
          "Data sets",
          "Run",
          "Inputs of the data sets",
          "Settings that the data sets depend on");

  @TempDir Path folder;
  private Path workspace;
  private Path run;

  @BeforeEach
  void makeFolders() throws IOException {
    workspace = Files.createDirectories(folder.resolve("work"));
    run = Files.createDirectories(workspace.resolve("runs/stem"));
  }

  @Test
  void everyMetricStandsInItsCell() throws IOException {
    RunFixture files = fixture("view", "like");
    ReadPage page = new ReadPage(write());

    for (JsonNode record : files.read("metrics.json")) {
      String metric = record.path("metric").asText();
      String task = record.path("task").asText();
      String title = TITLES.get(metric);
      if (title == null) {
        continue;
      }
      String row = record.path("group").asText();
      if (metric.equals("gauc")) {
        row = record.path("weighting").asText() + " / " + row;
      }
      Map<String, String> cells = page.table(title + ", " + record.path("split").asText()).get(row);
      assertThat(cells)
          .containsEntry(task + " / " + title, score(record.path("value")))
          .containsEntry(
              task + " / 95 % interval",
              score(record.path("ci_low")) + " to " + score(record.path("ci_high")));
      if (metric.equals("auc") && !task.equals("mean")) {
        assertThat(cells)
            .containsEntry(task + " / Rows", count(record.path("rows")))
            .containsEntry(task + " / Positives", count(record.path("positives")));
      }
      if (metric.equals("gauc")) {
        assertThat(cells)
            .containsEntry(task + " / Users", count(record.path("groups_used")))
            .containsEntry(task + " / Skipped", count(record.path("groups_skipped")));
      }
      if (metric.equals("auc") && record.path("group").asText().equals("all")) {
        assertThat(page.table("AUC by task").get(task))
            .containsEntry(record.path("split").asText() + " / AUC", score(record.path("value")));
      }
    }
  }

  @Test
  void withMoreTasksGroupsStandUnderTheirPair() throws IOException {
    RunFixture files = fixture("view", "like", "share:x");
    ReadPage page = new ReadPage(write());

    JsonNode record = find(files.read("metrics.json"), "auc", "like", "view|share:x:unseen");
    assertThat(page.table("AUC, test").get("view|share:x / unseen"))
        .containsEntry("like / AUC", score(record.path("value")));
    assertThat(page.table("AUC, test")).hasSize(1 + 3 * 4).containsKey(" / all");
    assertThat(page.section("metrics"))
        .contains("like, test, groups of view|share:x")
        .contains("share:x, test, groups of like|share:x");
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
        .contains("Target t1, in the data", "Target t1, learnt, shared table");
  }

  @Test
  void withoutACorrelationItsPartIsLeftOut() throws IOException {
    fixture("view", "like");
    assertThat(write()).doesNotContain("id=\"correlation\"");
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
  void dataShowsCountsRatesAndUnknownValues() throws IOException {
    RunFixture files = fixture("view", "like");
    ReadPage page = new ReadPage(write());

    JsonNode analysis = files.read("analysis/analysis.json");
    long allRows = 0;
    for (JsonNode label : analysis.path("labels")) {
      String task = label.path("task").asText();
      allRows += task.equals("view") ? label.path("rows").asLong() : 0;
      assertThat(page.table("Rows and label rates by split").get(label.path("split").asText()))
          .containsEntry("Rows", count(label.path("rows")))
          .containsEntry(task + " / Labelled", count(label.path("labelled")))
          .containsEntry(task + " / Positives", count(label.path("positives")))
          .containsEntry(
              task + " / Rate",
              percent(label.path("positives").asDouble() / label.path("labelled").asDouble()));
    }
    assertThat(page.table("Rows and label rates by split").get("all"))
        .containsEntry("Rows", count(allRows));
    // The second day holds the rows of the last two splits.
    assertThat(page.table("Rows and label rates by day").get("2026-01-02"))
        .containsEntry(
            "Rows", count(allRows - analysis.path("labels").path(0).path("rows").asLong()));

    JsonNode pair = analysis.path("co_occurrence").path(0);
    assertThat(page.table("Co-occurrence of labels").get("view / like"))
        .containsEntry("Both", count(pair.path("both")))
        .containsEntry(
            "Second, given first",
            percent(pair.path("both").asDouble() / pair.path("first_positives").asDouble()))
        .containsEntry("Lift", String.format(Locale.ROOT, "%.2f", pair.path("lift").asDouble()));

    long users = 0;
    for (JsonNode bin : analysis.path("user_activity")) {
      users += bin.path("count").asLong();
    }
    assertThat(page.section("summary")).contains(count(users));
    assertThat(page.table("Users and items by their number of rows").get("Users / 2 to 3"))
        .containsEntry("How many", count(analysis.path("user_activity").path(1).path("count")));

    JsonNode samples = files.read("samples/manifest.json").path("summary");
    for (String split : RunFixture.SPLITS) {
      JsonNode field = samples.path("splits").path(split).path("fields").path("<b>field</b>");
      assertThat(page.table("Missing and out-of-vocabulary values by field").get("<b>field</b>"))
          .containsEntry("Ids", count(samples.path("table_rows").path("<b>field</b>")))
          .containsEntry(split + " / Missing", percent(field.path("missing_rate").asDouble()))
          .containsEntry(
              split + " / Unknown", percent(field.path("out_of_vocabulary_rate").asDouble()));
    }
  }

  @Test
  void groupsShowSizesRatesAndTheChoiceOfKappa() throws IOException {
    RunFixture files = fixture("view", "like");
    ReadPage page = new ReadPage(write());

    JsonNode summary = files.read("groups/manifest.json").path("summary");
    Map<String, Map<String, String>> table = page.table("Users, rows and label rates by group");
    for (JsonNode size : summary.path("sizes")) {
      assertThat(table.get("view|like / " + size.path("group").asText()))
          .containsEntry("Users of the training part / Users", count(size.path("users")));
    }
    assertThat(table.get("view|like / unseen")).containsEntry("train / Rows", "–");
    for (JsonNode rate : summary.path("label_rates")) {
      String split = rate.path("split").asText();
      assertThat(table.get("view|like / " + rate.path("group").asText()))
          .containsEntry(split + " / Rows", count(rate.path("rows")))
          .containsEntry(
              split + " / like", percent(rate.path("label_rates").path("like").asDouble()));
    }
    for (JsonNode point : summary.path("sweep")) {
      assertThat(page.table("Users with feedback by κ").get("view|like / " + kappa(point)))
          .containsEntry("First dominant", count(point.path("first_dominant")))
          .containsEntry("Comparable", count(point.path("comparable")))
          .containsEntry("Second dominant", count(point.path("second_dominant")));
    }
    for (JsonNode auc : files.read("kappa-sweep.json")) {
      String row =
          String.join(
              " / ",
              "view|like",
              kappa(auc),
              auc.path("group").asText(),
              auc.path("task").asText());
      assertThat(page.table("AUC by κ and group").get(row))
          .containsEntry("AUC", score(auc.path("value")))
          .containsEntry("Positives", count(auc.path("positives")));
    }
    for (JsonNode bin : summary.path("rho_histogram")) {
      String from = String.format(Locale.ROOT, "%.2f", bin.path("from").asDouble());
      String to = String.format(Locale.ROOT, "%.2f", bin.path("to").asDouble());
      assertThat(
              page.table("Users with feedback by log-ratio")
                  .get("view|like / " + from + " / " + to))
          .containsEntry("Users", count(bin.path("users")));
    }
    assertThat(page.section("groups")).contains("κ is 1.5").contains("± ln κ");
  }

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
  void calibrationShowsPredictedAndActualRates() throws IOException {
    RunFixture files = fixture("view", "like");
    ReadPage page = new ReadPage(write());

    JsonNode bin = find(files.read("metrics.json"), "calibration_bin_3", "like", "all");
    double actual = bin.path("positives").asDouble() / bin.path("rows").asDouble();
    assertThat(page.table("Calibration by score, test").get("3"))
        .containsEntry("like / Actual", percent(actual))
        .containsEntry("like / Predicted", percent(actual * bin.path("value").asDouble()))
        .containsEntry("like / Rows", count(bin.path("rows")));
  }

  @Test
  void differencesToAnotherRunSayWhetherTheIntervalLeavesZeroOut() throws IOException {
    fixture("view", "like");
    assertThat(new ReadPage(write()).section("comparison")).isEmpty();
    Files.writeString(
        run.resolve("comparison.json"),
        """
        [{"metric":"auc","task":"view","split":"test","group":"all","weighting":"", "rows":12345,
          "first":0.70,"second":0.71,"difference":0.01,"ci_low":0.004,"ci_high":0.016},
         {"metric":"auc","task":"view","split":"test","group":"all","checkpoint":"own_epoch",
          "first":0.70,"second":0.73,"difference":0.03,"ci_low":-0.004,"ci_high":0.064},
         {"metric":"gauc","task":"like","split":"test","group":"all","weighting":"samples",
          "first":0.78,"second":0.77,"difference":-0.01,"ci_low":-0.03,"ci_high":0.01},
         {"metric":"log_loss","task":"like","split":"test","group":"all","weighting":"",
          "first":0.08,"second":0.07,"difference":-0.01,"ci_low":-0.03,"ci_high":-0.01}]
        """);

    ReadPage page = new ReadPage(write());
    Map<String, Map<String, String>> table = page.table("Differences in other metrics, test");
    assertThat(page.table("Differences in AUC, test").get("view / AUC / common / all"))
        .containsEntry("First", "0.7000")
        .containsEntry("Second", "0.7100")
        .containsEntry("Difference", "+0.0100")
        .containsEntry("95 % interval", "0.0040 to 0.0160")
        .containsEntry("Leaves 0 out", "yes")
        .containsEntry("Rows", "12,345");
    assertThat(page.table("Differences in AUC, test").get("view / AUC / own / all"))
        .containsEntry("Second", "0.7300")
        .containsEntry("Leaves 0 out", "no");
    assertThat(table.get("like / GAUC, weighted by samples / common / all"))
        .containsEntry("Difference", "-0.0100")
        .containsEntry("Leaves 0 out", "no");
    assertThat(table.get("like / Log loss / common / all")).containsEntry("Leaves 0 out", "yes");
  }

  @Test
  void figuresOfOwnEpochsStandApartFromThoseOfTheCommonOne() throws IOException {
    RunFixture files = fixture("view", "like");
    JsonNode common = find(files.read("metrics.json"), "auc", "like", "all");
    ArrayNode records = (ArrayNode) files.read("metrics.json");
    ObjectNode own = common.deepCopy();
    records.insert(0, own.put("checkpoint", "own_epoch").put("value", 0.8765));
    RunFixture.write(run.resolve("metrics.json"), records);

    ReadPage page = new ReadPage(write());
    String split = common.path("split").asText();
    assertThat(page.table("AUC, " + split).get("all"))
        .containsEntry("like / AUC", score(common.path("value")));
    assertThat(page.table("AUC, " + split).values().toString()).doesNotContain("0.8765");
    assertThat(page.table("AUC by task").get("like"))
        .containsEntry(split + " / AUC", score(common.path("value")))
        .containsEntry(split + " / Own", "0.8765");
    assertThat(page.section("metrics")).contains("AUC at own epochs, " + split);
  }

  @Test
  void findingsOfValidationAndAuditAreListed() throws IOException {
    fixture("view", "like");
    Files.createDirectories(workspace.resolve("validation"));
    Files.writeString(
        workspace.resolve("validation/validation.json"),
        """
        {"contract":"log.odcs.yaml","mode":"WARN","rows":54321,
         "findings":["price below 0 in 7 rows"]}
        """);
    assertThat(new ReadPage(write()).section("checks"))
        .contains("54,321 rows were checked against log.odcs.yaml")
        .contains("price below 0 in 7 rows")
        .contains("not audited");

    Files.createDirectories(workspace.resolve("audit"));
    Files.writeString(
        workspace.resolve("audit/audit.json"),
        """
        {"status":"refused",
         "findings":[{"severity":"leak","message":"field a is the label of task b"}],
         "identical_rows":[
           {"split":"test","same_time":true,"rows":2000,"in_training":40,"share":0.02},
           {"split":"test","same_time":false,"rows":2000,"in_training":50,"share":0.025}]}
        """);
    ReadPage page = new ReadPage(write());
    assertThat(page.section("checks"))
        .contains("There is 1 finding, and the verdict is refused")
        .contains("leak: field a is the label of task b");
    var twins = page.table("Rows that stand in the training part too");
    assertThat(twins.get("test / the same"))
        .containsEntry("In training", "40")
        .containsEntry("Share", "2.00 %");
    assertThat(twins.get("test / any")).containsEntry("In training", "50");
  }

  @Test
  void noFigureIsInvented() throws IOException {
    RunFixture files = fixture("view", "like");
    ReadPage page = new ReadPage(write());

    Set<String> given = new HashSet<>(List.of("–"));
    for (String path : RunFixture.JSON_FILES) {
      addFigures(files.read(path), given);
    }
    for (String line : Files.readAllLines(run.resolve("events.jsonl"))) {
      addFigures(JsonMapper.builder().build().readTree(line), given);
    }
    int checked = 0;
    for (String caption : page.captions()) {
      if (CALCULATED.contains(caption.replaceAll(", (valid|test)$", ""))) {
        continue;
      }
      for (Map<String, String> row : page.table(caption).values()) {
        for (String cell : row.values()) {
          assertThat(given).as(caption).containsAll(List.of(cell.split(" to ", 2)));
          checked++;
        }
      }
    }
    assertThat(checked).isGreaterThan(300);
  }

  /** All ways in which the report may write the numbers of a file. */
  private static void addFigures(JsonNode node, Set<String> into) {
    if (node.isNumber()) {
      into.add(score(node));
      into.add(count(node));
      into.add(percent(node.asDouble()));
      into.add(String.format(Locale.ROOT, "%.1f s", node.asDouble()));
      into.add(new BigDecimal(node.asText()).stripTrailingZeros().toPlainString());
    }
    node.forEach(child -> addFigures(child, into));
  }

  @Test
  void provenanceNamesCodeInputsSeedAndConfiguration() throws IOException {
    fixture("view", "like");
    ReadPage page = new ReadPage(write());

    assertThat(page.section("provenance")).contains("2023").contains("print-samples");
    assertThat(page.table("Data sets").get("samples / 0.1.0-samples / hash-of-samples"))
        .containsEntry("Rows", "900");
    assertThat(page.section("configuration")).contains("max-epochs = 20");
  }

  @Test
  void everySectionStandsInItsPlaceAndInTheNavigation() throws IOException {
    fixture("view", "like");
    ReadPage page = new ReadPage(write());

    List<String> ids = new ArrayList<>();
    page.all("section").forEach(section -> ids.add(section.getAttribute("id")));
    assertThat(ids)
        .containsExactly(
            "summary",
            "data",
            "groups",
            "training",
            "dominance",
            "metrics",
            "calibration",
            "gates",
            "configuration",
            "provenance");
    List<String> links = new ArrayList<>();
    ReadPage.all(page.all("nav").get(0), "a").forEach(a -> links.add(a.getAttribute("href")));
    assertThat(links).containsExactlyElementsOf(ids.stream().map(id -> "#" + id).toList());
    for (String title : TITLES.values()) {
      assertThat(page.section("metrics")).contains(title + " is the ");
    }
  }

  @Test
  void namesFromOutsideStayText() throws IOException {
    fixture("view", HOSTILE);
    Files.writeString(run.resolve("resolved.conf"), "a = \"</pre><script>\"");
    Files.move(run, workspace.resolve("runs/a<img src=x>&'"));
    run = workspace.resolve("runs/a<img src=x>&'");

    String html = write();

    assertThat(html).doesNotContain("<script").doesNotContain("<img").doesNotContain("</pre><s");
    ReadPage page = new ReadPage(html);
    assertThat(page.all("h1").get(0).getTextContent()).isEqualTo("a<img src=x>&'");
    assertThat(page.section("training")).contains(HOSTILE);
    assertThat(page.section("gates")).contains(HOSTILE);
    assertThat(page.section("configuration")).contains("a = \"</pre><script>\"");
    assertThat(page.table("AUC by task")).containsKey(HOSTILE);
  }

  @Test
  void nothingIsLoadedAndNoIdIsTakenTwice() throws IOException {
    fixture("view", "like");

    String html = write();

    assertThat(html)
        .doesNotContain("<script")
        .doesNotContain("<link")
        .doesNotContain("@import")
        .doesNotContainPattern("(?i)(src|href)\\s*=\\s*\"(?!#)")
        .doesNotContainPattern("url\\((?!#)");
    Set<String> ids = new HashSet<>();
    Matcher matcher = Pattern.compile("\\sid=\"([^\"]+)\"").matcher(html);
    while (matcher.find()) {
      assertThat(ids.add(matcher.group(1))).as(matcher.group(1)).isTrue();
    }
    Matcher references = Pattern.compile("url\\(#([^)]+)\\)").matcher(html);
    while (references.find()) {
      assertThat(ids).contains(references.group(1));
    }
  }

  @Test
  void plotsAndTablesSpeakToAScreenReader() throws IOException {
    fixture("view", "like");
    ReadPage page = new ReadPage(write());

    assertThat(page.all("svg")).hasSizeGreaterThan(15);
    for (Element svg : page.all("svg")) {
      assertThat(svg.getAttribute("role")).isEqualTo("img");
      assertThat(svg.getAttribute("viewBox")).matches("0 0 \\d+ \\d+");
      assertThat(ReadPage.all(svg, "title").get(0).getTextContent()).isNotBlank();
      assertThat(ReadPage.all(svg, "desc").get(0).getTextContent()).contains("table");
    }
    for (Element table : page.all("table")) {
      assertThat(ReadPage.all(table, "caption")).hasSize(1);
      for (Element head : ReadPage.all(table, "th")) {
        assertThat(head.getAttribute("scope")).isIn("col", "colgroup", "row");
      }
    }
  }

  @Test
  void coloursKeepTheirContrastInLightAndDark() throws IOException {
    fixture("view", "like");
    String html = write();
    assertThat(html).contains("var(--series-1)").doesNotContain("rgb(1,2,");

    String[] schemes = Report.styleSheet().split("prefers-color-scheme: dark", 2);
    for (String scheme : schemes) {
      double paper = luminance(scheme, "paper");
      for (String text : List.of("ink", "muted", "accent")) {
        assertThat(contrast(luminance(scheme, text), paper)).as(text).isGreaterThan(4.5);
      }
      for (int series = 1; series <= 8; series++) {
        assertThat(contrast(luminance(scheme, "series-" + series), paper))
            .as("series " + series)
            .isGreaterThan(3);
      }
    }
  }

  @Test
  void theSameFilesGiveTheSameBytes() throws IOException {
    fixture("view", "like");

    assertThat(write()).isEqualTo(write());
  }

  @Test
  void anEmptyRunSaysWhatIsMissingAndWhatToDo() throws IOException {
    String html = write();
    new ReadPage(html);
    assertThat(html)
        .contains("This run has no metrics yet: run taskweave evaluate.")
        .contains("have not been analysed: run taskweave features")
        .contains("This workspace has no encoded samples: run taskweave features.")
        .contains("This workspace has no groups")
        .contains("This run has no training events: run taskweave train.")
        .contains("Gate weights are not measured yet: run taskweave evaluate.")
        .contains("This run has no resolved configuration.")
        .contains("This run has no run.json.");
  }

  @Test
  void aModelWithoutGatesIsNotCalledUnmeasured() throws IOException {
    fixture("view", "like");
    Files.writeString(run.resolve("gates.json"), "[]");
    Files.writeString(run.resolve("best/model.json"), "{\"type\":\"shared-bottom\"}");

    assertThat(new ReadPage(write()).section("gates")).contains("no gates: it is shared-bottom.");
  }

  @Test
  void partsOfWrongShapeAreLeftOut() throws IOException {
    Files.writeString(run.resolve("metrics.json"), "[{\"metric\":\"auc\",\"value\":null}, 3]");
    Files.writeString(run.resolve("events.jsonl"), "{\"event\":\"epoch\",\"epoch\":1}\n{\"event");
    Files.createDirectories(workspace.resolve("analysis"));
    Files.writeString(workspace.resolve("analysis/analysis.json"), "{\"days\": 7}");

    new ReadPage(write());
  }

  @Test
  void aFileThatIsNotJsonIsNamed() throws IOException {
    Files.writeString(run.resolve("metrics.json"), "{\"metric\": ");

    assertThatThrownBy(this::write)
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("metrics.json");
  }

  private RunFixture fixture(String... tasks) throws IOException {
    RunFixture files = new RunFixture(workspace, run, List.of(tasks));
    files.write();
    return files;
  }

  private String write() throws IOException {
    Report.write(
        new org.apache.hadoop.fs.Path(workspace.toUri()),
        new org.apache.hadoop.fs.Path(run.toUri()),
        new Configuration(false));
    return Files.readString(run.resolve("report.html"));
  }

  private static JsonNode find(JsonNode records, String metric, String task, String group) {
    for (JsonNode record : records) {
      if (record.path("metric").asText().equals(metric)
          && record.path("task").asText().equals(task)
          && record.path("group").asText().equals(group)
          && record.path("split").asText().equals("test")) {
        return record;
      }
    }
    throw new AssertionError("no record of " + metric + ", " + task + ", " + group);
  }

  private static String kappa(JsonNode record) {
    return record.path("kappa").asDouble() == 2 ? "2" : record.path("kappa").asText();
  }

  private static String score(JsonNode value) {
    return String.format(Locale.ROOT, "%.4f", value.asDouble());
  }

  private static String count(JsonNode value) {
    return count(value.asLong());
  }

  private static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  private static double contrast(double one, double other) {
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  }

  /** Relative luminance of WCAG 2. */
  private static double luminance(String scheme, String variable) {
    Matcher colour = Pattern.compile("--" + variable + ": #([0-9a-f]{6})").matcher(scheme);
    assertThat(colour.find()).as(variable).isTrue();
    int rgb = Integer.parseInt(colour.group(1), 16);
    double[] weights = {0.0722, 0.7152, 0.2126};
    double luminance = 0;
    for (int channel = 0; channel < 3; channel++) {
      double value = ((rgb >> (8 * channel)) & 0xff) / 255.0;
      luminance +=
          weights[channel]
              * (value <= 0.03928 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4));
    }
    return luminance;
  }
}
