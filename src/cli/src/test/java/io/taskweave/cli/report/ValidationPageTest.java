package io.taskweave.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidationPageTest {
  private static final String HOSTILE = "<script>alert(1)</script>";

  @TempDir Path folder;

  @Test
  void aRefusalShowsItsFindingsAndTheirRows() throws IOException {
    String html = ValidationPage.html(validation("refused"), MissingNode.getInstance());

    assertThat(html)
        .contains("The log is refused, with 1 finding.")
        .contains("price is below 0 in 2 rows")
        .contains(">-42</th>")
        .contains("12,345 rows against version 1.0.0 of the contract data-schemas/demo.odcs.yaml")
        .contains("Events from 2024-01-01T00:00:00Z to 2024-01-02T00:00:00Z.")
        .contains("<svg ")
        .contains("note_1, note_2")
        .doesNotContain("id=\"samples\"");
  }

  @Test
  void theAuditShowsWarningsTwinsAndRates() throws IOException {
    String html = ValidationPage.html(MissingNode.getInstance(), audit());

    assertThat(html)
        .contains("The sample set is used as it is, with 1 finding.")
        .contains(">warning</th>")
        .contains(">rate by label</td>")
        .contains("set id-dropout on this field")
        .contains("differ by more than 10.00 % of the rows and by more than 5.0 standard errors")
        .contains(">click = 1</th>")
        .contains(">83.00 %</td>")
        .doesNotContain("id=\"log\"");
  }

  @Test
  void cellsFromOutsideStayText() throws IOException {
    String html = ValidationPage.html(validation("refused"), audit());

    assertThat(html).doesNotContain("<script").contains("&lt;script&gt;alert(1)&lt;/script&gt;");
    assertThat(html).doesNotContain("http://").doesNotContain("https://");
  }

  @Test
  void aWorkspaceWithoutFindingsGetsNoPage() {
    org.apache.hadoop.fs.Path workspace = new org.apache.hadoop.fs.Path(folder.toString());
    assertThat(ValidationPage.write(workspace, new Configuration())).isEmpty();
    assertThat(folder.resolve(ValidationPage.FILE)).doesNotExist();
  }

  @Test
  void publishedFindingsAreDrawnIntoTheWorkspace() throws IOException {
    ObjectNode sound = validation("passed");
    sound.putArray("findings");
    Files.createDirectories(folder.resolve("validation"));
    Files.writeString(
        folder.resolve("validation/manifest.json"),
        """
        {"format_version": 1, "stage": "validate", "code_version": "1", "inputs": [],
         "settings_hash": "", "settings": {}, "rows": 0, "content_by_partition": {}, "schema": "",
         "content_hash": "", "files": [], "summary": %s}
        """
            .formatted(sound.toString()));
    org.apache.hadoop.fs.Path workspace = new org.apache.hadoop.fs.Path(folder.toString());

    assertThat(ValidationPage.write(workspace, new Configuration())).isPresent();
    assertThat(folder.resolve(ValidationPage.FILE))
        .content()
        .contains("The log passed: nothing was found.");
  }

  private static ObjectNode validation(String status) throws IOException {
    return (ObjectNode)
        json(
            """
            {"format_version": 1, "status": "%s", "mode": "fail",
             "contract": {"path": "data-schemas/demo.odcs.yaml", "id": "demo", "version": "1.0.0"},
             "rows": 12345, "first_time": 1704067200000, "last_time": 1704153600000,
             "rows_by_day": {"2024-01-01": 12000, "2024-01-02": 345},
             "findings": [{"check": "range", "column": "price",
               "message": "price is below 0 in 2 rows", "rows": 2,
               "offenders": [{"sample_id": "-42", "day": "2024-01-01", "value": "%s"}]}],
             "checks": [{"check": "range", "column": "price", "breach": "price is below 0",
               "broken_rows": 2}],
             "undeclared_columns": ["note_1", "note_2"], "unchecked": []}
            """
                .formatted(status, HOSTILE));
  }

  private static JsonNode audit() throws IOException {
    return json(
        """
        {"format_version": 1, "status": "warned", "mode": "fail",
         "thresholds": {"rate_difference": 0.1, "z_score": 5.0, "identical_share": 0.01},
         "findings": [{"check": "rate-by-label", "severity": "warning", "field": "article",
           "message": "field article is out of vocabulary, set id-dropout on this field"}],
         "identical_rows": [{"split": "test", "rows": 50, "in_training": 3, "share": 0.06,
           "examples": []}],
         "rates": [
           {"field": "article", "kind": "out_of_vocabulary", "split": "test", "task": null,
            "label": null, "rows": 4000, "affected": 2960, "rate": 0.74},
           {"field": "article", "kind": "out_of_vocabulary", "split": "test", "task": "click",
            "label": 1, "rows": 2000, "affected": 1660, "rate": 0.83}]}
        """);
  }

  private static JsonNode json(String text) throws IOException {
    return JsonMapper.builder().build().readTree(text);
  }
}
