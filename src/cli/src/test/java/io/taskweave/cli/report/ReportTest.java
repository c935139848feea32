package io.taskweave.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.InputRejectedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final String HOSTILE = "<script>alert('x')</script>\\\" onload=\\\"y";

  @TempDir Path folder;
  private Path workspace;
  private Path run;

  @BeforeEach
  void makeFolders() throws IOException {
    workspace = Files.createDirectories(folder.resolve("work"));
    run = Files.createDirectories(workspace.resolve("runs/stem"));
  }

  @Test
  void everySectionDrawsWhatTheFilesHold() throws IOException {
    fill("like");

    String html = write();

    for (String id :
        new String[] {
          "summary",
          "data",
          "groups",
          "training",
          "metrics",
          "calibration",
          "gates",
          "configuration",
          "provenance"
        }) {
      assertThat(html).contains("<section id=\"" + id + "\">");
    }
    assertThat(html)
        .contains("On the test split, stem reaches AUC by task: view 0.7081 (0.7000 to 0.7160)")
        .contains("like 0.7810")
        .contains("<td class=\"figure\">112,304</td>")
        .contains("32.11 %")
        .contains("AUC of view by group, test")
        .contains("comparable")
        .contains("71.50 %")
        .contains("fingerprint-of-log")
        .contains("max-epochs = 20")
        .doesNotContain("id=\"comparison\"");
    assertThat(html.split("<svg ", -1)).hasSizeGreaterThan(11);
  }

  @Test
  void namesFromOutsideStayText() throws IOException {
    fill(HOSTILE);
    Files.writeString(run.resolve("resolved.conf"), "a = \"</pre><script>\"");

    String html = write();

    assertThat(html)
        .doesNotContain("<script")
        .doesNotContain("</pre><")
        .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onload=&quot;y");
  }

  @Test
  void nothingIsLoadedAndNoIdIsTakenTwice() throws IOException {
    fill("like");

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
  void theSameFilesGiveTheSameBytes() throws IOException {
    fill("like");

    assertThat(write()).isEqualTo(write());
  }

  @Test
  void drawingsTakeTheirColoursFromTheStyleSheet() throws IOException {
    fill("like");

    assertThat(write()).contains("var(--series-1)").doesNotContain("rgb(1,2,");
  }

  @Test
  void anEmptyRunSaysWhatIsMissing() throws IOException {
    assertThat(write())
        .contains("This run has no metrics yet")
        .contains("The data of this workspace has not been analysed.")
        .contains("This workspace has no groups.")
        .contains("This run has no training events.")
        .contains("This run has no gate weights")
        .contains("This run has no resolved configuration.")
        .contains("This run has no run.json.");
  }

  @Test
  void partsOfWrongShapeAreLeftOut() throws IOException {
    Files.writeString(run.resolve("metrics.json"), "[{\"metric\":\"auc\",\"value\":null}, 3]");
    Files.writeString(run.resolve("events.jsonl"), "{\"event\":\"epoch\",\"epoch\":1}\n{\"event");
    Files.createDirectories(workspace.resolve("analysis"));
    Files.writeString(workspace.resolve("analysis/analysis.json"), "{\"days\": 7}");

    assertThat(write()).contains("No counts by split.").contains("No data for: Learning rate.");
  }

  @Test
  void aFileThatIsNotJsonIsNamed() throws IOException {
    Files.writeString(run.resolve("metrics.json"), "{\"metric\": ");

    assertThatThrownBy(this::write)
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("metrics.json");
  }

  @Test
  void differencesToAnotherRunSayWhetherTheIntervalExcludesZero() throws IOException {
    String differences =
        """
        [{"metric":"auc","task":"view","split":"test","group":"all","weighting":"",
          "first":0.70,"second":0.71,"difference":0.01,"ci_low":0.004,"ci_high":0.016},
         {"metric":"auc","task":"like","split":"test","group":"all","weighting":"",
          "first":0.78,"second":0.77,"difference":-0.01,"ci_low":-0.03,"ci_high":0.01}]
        """;
    org.apache.hadoop.fs.Path path =
        Report.write(
            new org.apache.hadoop.fs.Path(workspace.toUri()),
            new org.apache.hadoop.fs.Path(run.toUri()),
            JsonMapper.builder().build().readTree(differences),
            new Configuration(false));

    assertThat(Files.readString(Path.of(path.toUri())))
        .contains("0.0040 to 0.0160</td>\n<td class=\"figure\">yes</td>")
        .contains("-0.0300 to 0.0100</td>\n<td class=\"figure\">no</td>");
  }

  private String write() throws IOException {
    Report.write(
        new org.apache.hadoop.fs.Path(workspace.toUri()),
        new org.apache.hadoop.fs.Path(run.toUri()),
        new Configuration(false));
    return Files.readString(run.resolve("report.html"));
  }

  /** Writes the files of a run whose second task has the given name (escaped for JSON). */
  private void fill(String task) throws IOException {
    copy("metrics.json", run, task);
    copy("events.jsonl", run, task);
    copy("run.json", run, task);
    copy("analysis.json", workspace.resolve("analysis"), task);
    copy("manifest.json", workspace.resolve("groups"), task);
    Files.writeString(run.resolve("resolved.conf"), "training { max-epochs = 20 }\n");
  }

  private static void copy(String name, Path target, String task) throws IOException {
    Files.createDirectories(target);
    try (InputStream in = ReportTest.class.getResourceAsStream(name)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Files.writeString(target.resolve(name), text.replace("@task@", task));
    }
  }
}
