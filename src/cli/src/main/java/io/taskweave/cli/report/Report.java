package io.taskweave.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * One self-contained HTML file about a run: style and drawings inline, no script, nothing from the
 * network. The same files give the same bytes.
 */
public final class Report {
  public static final String FILE = "report.html";

  private static final List<Section> SECTIONS =
      List.of(
          new SummarySection(),
          new DataSection(),
          new CheckSection(),
          new GroupSection(),
          new TrainingSection(),
          new DominanceSection(),
          new CorrelationSection(),
          new MetricSection(),
          new CalibrationSection(),
          new GateSection(),
          new ComparisonSection(),
          new ConfigurationSection(),
          new ProvenanceSection());

  private Report() {}

  /**
   * Writes {@code report.html} into the folder of a run.
   *
   * @return its path
   * @throws io.taskweave.core.error.InputRejectedException if a file of the run is not readable
   */
  public static Path write(Path workspace, Path runFolder, Configuration configuration)
      throws IOException {
    String html = html(ReportInputs.read(workspace, runFolder, configuration));
    Path path = new Path(runFolder, FILE);
    try (OutputStream out = path.getFileSystem(configuration).create(path, true)) {
      out.write(html.getBytes(StandardCharsets.UTF_8));
    }
    return path;
  }

  static String html(ReportInputs inputs) {
    Markup page = new Markup();
    Plot plots = new Plot();
    page.trusted("<!DOCTYPE html>\n").open("html", "lang", "en").open("head");
    page.empty("meta", "charset", "utf-8");
    page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    page.empty("meta", "name", "color-scheme", "content", "light dark");
    page.element("title", inputs.runName() + " · run report");
    page.open("style").trusted(styleSheet()).close().close();
    page.open("body").element("a", "Skip to the content", "href", "#content", "class", "skip");
    page.open("header");
    page.element("p", "Run report", "class", "kicker").element("h1", inputs.runName());
    page.open("nav", "aria-label", "Sections");
    for (Section section : SECTIONS) {
      if (section.applies(inputs)) {
        page.element("a", section.title(), "href", "#" + section.id());
      }
    }
    page.close().close().open("main", "id", "content");
    for (Section section : SECTIONS) {
      if (section.applies(inputs)) {
        page.open("section", "id", section.id()).element("h2", section.title());
        section.write(page, plots, inputs);
        page.close();
      }
    }
    return page.close().close().close().toString();
  }

  static String styleSheet() {
    try (InputStream in = Report.class.getResourceAsStream("report.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
