package io.taskweave.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.InputRejectedException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** The page as a whole. */
class ReportTest extends WrittenReport {
  private static final String HOSTILE = "<script>alert('x')</script>&\" onload=\"y";

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
