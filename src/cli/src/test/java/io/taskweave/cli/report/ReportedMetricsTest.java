package io.taskweave.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the report says of metrics, and of differences to another run. */
class ReportedMetricsTest extends WrittenReport {
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
}
