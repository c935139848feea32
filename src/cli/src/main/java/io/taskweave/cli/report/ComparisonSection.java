package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Differences to another run on the same samples. */
final class ComparisonSection extends Section {
  ComparisonSection() {
    super("comparison", "Comparison");
  }

  @Override
  boolean applies(ReportInputs inputs) {
    return !inputs.comparison().isMissingNode();
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    JsonNode given = inputs.comparison();
    JsonNode records = given.isArray() ? given : given.path("differences");
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode record : records) {
      double low = Figures.number(record.path("ci_low"));
      double high = Figures.number(record.path("ci_high"));
      boolean known = Double.isFinite(low) && Double.isFinite(high);
      rows.add(
          List.of(
              record.path("task").asText(""),
              record.path("metric").asText("").replace('_', ' '),
              record.path("weighting").asText(""),
              record.path("split").asText(""),
              record.path("group").asText(""),
              Figures.score(Figures.number(record.path("first"))),
              Figures.score(Figures.number(record.path("second"))),
              Figures.score(Figures.number(record.path("difference"))),
              Figures.interval(low, high),
              known ? (low > 0 || high < 0 ? "yes" : "no") : Figures.NONE));
    }
    if (rows.isEmpty()) {
      note(page, "The comparison has no records.");
      return;
    }
    table(
        page,
        "Second run minus first",
        5,
        List.of(
            "Task",
            "Metric",
            "Weighting",
            "Split",
            "Group",
            "First",
            "Second",
            "Difference",
            "95 % interval",
            "Excludes 0"),
        rows);
  }
}
