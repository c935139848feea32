package io.taskweave.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the report says of logs, samples and groups, and where they come from. */
class ReportedDataTest extends WrittenReport {
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
  void provenanceNamesCodeInputsSeedAndConfiguration() throws IOException {
    fixture("view", "like");
    ReadPage page = new ReadPage(write());

    assertThat(page.section("provenance")).contains("2023").contains("print-samples");
    assertThat(page.table("Data sets").get("samples / 0.1.0-samples / hash-of-samples"))
        .containsEntry("Rows", "900");
    assertThat(page.section("configuration")).contains("max-epochs = 20");
  }

  private static String kappa(JsonNode record) {
    return record.path("kappa").asDouble() == 2 ? "2" : record.path("kappa").asText();
  }
}
