package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.pipeline.dataset.Manifest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * One self-contained HTML page about the published findings of a workspace: of the validation of
 * its log and of the audit of its samples, whichever are there.
 */
public final class ValidationPage {
  public static final String FILE = "validation.html";

  private final JsonNode validation;
  private final JsonNode audit;
  private final Markup page = new Markup();

  private ValidationPage(JsonNode validation, JsonNode audit) {
    this.validation = validation;
    this.audit = audit;
  }

  /**
   * Writes {@code validation.html} into the workspace.
   *
   * @return its path; empty if the workspace holds no findings
   * @throws OutputConflictException if it cannot be written
   */
  public static Optional<Path> write(Path workspace, Configuration configuration) {
    Optional<JsonNode> validation = summary(new Path(workspace, "validation"), configuration);
    Optional<JsonNode> audit = summary(new Path(workspace, "audit"), configuration);
    if (validation.isEmpty() && audit.isEmpty()) {
      return Optional.empty();
    }
    JsonNode none = MissingNode.getInstance();
    String html = html(validation.orElse(none), audit.orElse(none));
    Path path = new Path(workspace, FILE);
    try (OutputStream out = path.getFileSystem(configuration).create(path, true)) {
      out.write(html.getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot write " + path + ": " + failure.getMessage() + ", check the folder", failure);
    }
    return Optional.of(path);
  }

  private static Optional<JsonNode> summary(Path dataSet, Configuration configuration) {
    return Manifest.find(dataSet, configuration).map(Manifest::summary);
  }

  /**
   * @param validation content of {@code validation.json}, or a missing node
   * @param audit content of {@code audit.json}, or a missing node
   */
  static String html(JsonNode validation, JsonNode audit) {
    return new ValidationPage(validation, audit).html();
  }

  private String html() {
    page.trusted("<!DOCTYPE html>\n").open("html", "lang", "en").open("head");
    page.empty("meta", "charset", "utf-8");
    page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    page.empty("meta", "name", "color-scheme", "content", "light dark");
    page.element("title", "Data checks").open("style").trusted(Report.styleSheet());
    page.close().close().open("body").open("header");
    page.element("p", "Data checks", "class", "kicker").element("h1", title());
    page.open("nav", "aria-label", "Sections");
    if (validation.isObject()) {
      page.element("a", "Log", "href", "#log").element("a", "Promises", "href", "#promises");
    }
    if (audit.isObject()) {
      page.element("a", "Samples", "href", "#samples").element("a", "Rates", "href", "#rates");
    }
    page.close().close().open("main");
    if (validation.isObject()) {
      log();
      promises();
    }
    if (audit.isObject()) {
      samples();
      rates();
    }
    return page.close().close().close().toString();
  }

  private String title() {
    String contract = validation.path("contract").path("id").asText("");
    return contract.isEmpty() ? "Samples" : contract;
  }

  private void log() {
    page.open("section", "id", "log").element("h2", "Log");
    page.element("p", verdict("The log", validation), "class", "headline");
    Section.note(page, coverage());
    findings(validation.path("findings"));
    days();
    page.close();
  }

  private static String verdict(String subject, JsonNode checked) {
    int findings = checked.path("findings").size();
    String found = findings == 1 ? "1 finding" : findings + " findings";
    return switch (checked.path("status").asText()) {
      case "passed" -> subject + " passed: nothing was found.";
      case "warned" -> subject + " is used as it is, with " + found + ".";
      case "quarantined" ->
          subject
              + " is used without "
              + Figures.count(checked.path("quarantined_rows"))
              + " rows, after "
              + found
              + ".";
      default -> subject + " is refused, with " + found + ".";
    };
  }

  private String coverage() {
    JsonNode contract = validation.path("contract");
    StringBuilder text = new StringBuilder();
    text.append(Figures.count(validation.path("rows")))
        .append(" rows against version ")
        .append(contract.path("version").asText(""))
        .append(" of the contract ")
        .append(contract.path("path").asText(""))
        .append('.');
    if (validation.path("first_time").isNumber()) {
      text.append(" Events from ")
          .append(Instant.ofEpochMilli(validation.path("first_time").asLong()))
          .append(" to ")
          .append(Instant.ofEpochMilli(validation.path("last_time").asLong()))
          .append('.');
    }
    return text.toString();
  }

  private void findings(JsonNode findings) {
    for (JsonNode finding : findings) {
      page.element("h3", finding.path("check").asText("").replace('-', ' '));
      page.element("p", finding.path("message").asText(""));
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode offender : finding.path("offenders")) {
        rows.add(
            List.of(
                offender.path("sample_id").asText(""),
                offender.path("day").asText(""),
                offender.path("value").asText("")));
      }
      if (!rows.isEmpty()) {
        table(
            "First offending rows of " + Figures.count(finding.path("rows")),
            3,
            List.of("Sample", "Day", "Value"),
            rows);
      }
    }
  }

  private void days() {
    List<String> days = Figures.names(validation.path("rows_by_day"));
    List<Double> counts = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (String day : days) {
      counts.add(validation.path("rows_by_day").path(day).asDouble());
      names.add(day.length() == 10 ? day.substring(5) : day);
    }
    page.open("div", "class", "plots");
    new Plot()
        .bars(
            page, "Rows by day", "Day", "Rows", names, List.of(new Bars("rows", 0, counts)), false);
    page.close();
  }

  private void promises() {
    page.open("section", "id", "promises").element("h2", "Promises");
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode check : validation.path("checks")) {
      rows.add(
          List.of(
              check.path("column").asText(""),
              check.path("breach").asText(""),
              Figures.count(check.path("broken_rows"))));
    }
    table("What no row may be like", 2, List.of("Column", "Breach", "Rows"), rows);
    list("Not in the contract, and unchecked", validation.path("undeclared_columns"));
    list("Promises of the contract that are not checked", validation.path("unchecked"));
    page.close();
  }

  private void list(String title, JsonNode entries) {
    List<String> texts = new ArrayList<>();
    entries.forEach(entry -> texts.add(entry.asText()));
    if (!texts.isEmpty()) {
      page.element("h3", title).element("p", String.join(", ", texts));
    }
  }

  private void samples() {
    page.open("section", "id", "samples").element("h2", "Samples");
    page.element("p", verdict("The sample set", audit), "class", "headline");
    JsonNode thresholds = audit.path("thresholds");
    Section.note(
        page,
        "Reported are rates that differ by more than "
            + Figures.percent(thresholds.path("rate_difference"))
            + " of the rows and by more than "
            + Figures.plain(thresholds.path("z_score"))
            + " standard errors. Rates are warnings; a label among the features, and more than "
            + Figures.percent(thresholds.path("identical_share"))
            + " of a part's events in training, are leaks.");
    List<List<String>> findings = new ArrayList<>();
    for (JsonNode finding : audit.path("findings")) {
      findings.add(
          List.of(
              finding.path("severity").asText(""),
              finding.path("check").asText("").replace('-', ' '),
              finding.path("message").asText("")));
    }
    if (!findings.isEmpty()) {
      table("Findings", 3, List.of("Severity", "Check", "What"), findings);
    }
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode part : audit.path("identical_rows")) {
      rows.add(
          List.of(
              part.path("split").asText(""),
              part.path("same_time").asBoolean() ? "the same" : "any",
              Figures.count(part.path("rows")),
              Figures.count(part.path("in_training")),
              Figures.percent(part.path("share"))));
    }
    table(
        "Rows that stand in training too",
        2,
        List.of("Split", "Time", "Rows", "In training", "Share"),
        rows);
    page.close();
  }

  /** One line a field, kind and split: all rows, then positive and negative ones of each task. */
  private void rates() {
    Map<List<String>, Map<String, String>> lines = new LinkedHashMap<>();
    List<String> parts = new ArrayList<>();
    for (JsonNode rate : audit.path("rates")) {
      String part =
          rate.path("task").isTextual()
              ? rate.path("task").asText() + " = " + rate.path("label").asInt()
              : "All rows";
      if (!parts.contains(part)) {
        parts.add(part);
      }
      lines
          .computeIfAbsent(
              List.of(
                  rate.path("field").asText(""),
                  rate.path("kind").asText("").replace('_', ' '),
                  rate.path("split").asText("")),
              ignored -> new LinkedHashMap<>())
          .put(part, Figures.percent(rate.path("rate")));
    }
    List<String> head = new ArrayList<>(List.of("Field", "Kind", "Split"));
    head.addAll(parts);
    List<List<String>> rows = new ArrayList<>();
    lines.forEach(
        (line, cells) -> {
          List<String> row = new ArrayList<>(line);
          parts.forEach(part -> row.add(cells.getOrDefault(part, Figures.NONE)));
          rows.add(row);
        });
    page.open("section", "id", "rates").element("h2", "Rates");
    table("Missing and unknown values by label and split", 3, head, rows);
    page.close();
  }

  private void table(String caption, int textColumns, List<String> head, List<List<String>> rows) {
    Table table = new Table(caption, head.subList(0, textColumns).toArray(String[]::new));
    head.subList(textColumns, head.size()).forEach(table::figure);
    rows.forEach(table::row);
    if (!table.isEmpty()) {
      table.write(page);
    }
  }
}
