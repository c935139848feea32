package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

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
    List<JsonNode> records = new ArrayList<>();
    (given.isArray() ? given : given.path("differences")).forEach(records::add);
    if (records.isEmpty()) {
      note(page, "The comparison has no records.");
      return;
    }
    note(page, sentence(given));
    Set<String> splits = new LinkedHashSet<>();
    records.forEach(record -> splits.add(record.path("split").asText("")));
    String last = splits.contains("test") ? "test" : splits.iterator().next();
    Set<String> ordered = new LinkedHashSet<>(List.of(last));
    ordered.addAll(splits);
    for (String split : ordered) {
      Table table = table(split, records);
      if (split.equals(last)) {
        table.write(page);
      } else {
        folded(page, "Differences, " + split, table);
      }
    }
  }

  private static String sentence(JsonNode given) {
    String first = given.path("first").asText("");
    String second = given.path("second").asText("");
    String runs =
        first.isEmpty() || second.isEmpty()
            ? "A difference is the second run minus the first"
            : "The first run is "
                + first
                + ", the second "
                + second
                + "; a difference is the"
                + " second minus the first";
    return runs
        + ", on the same rows. Both are measured in each replicate of one bootstrap over users, so"
        + " the interval is that of the difference; one that leaves 0 out is marked.";
  }

  private static Table table(String split, List<JsonNode> records) {
    Table table =
        new Table("Differences, " + split, "Task", "Metric", "Group")
            .figure("First")
            .figure("Second")
            .figure("Difference")
            .figure("95 % interval")
            .figure("Leaves 0 out")
            .figure("Rows")
            .figure("Positives");
    for (JsonNode record : records) {
      if (!record.path("split").asText("").equals(split)) {
        continue;
      }
      double low = Figures.number(record.path("ci_low"));
      double high = Figures.number(record.path("ci_high"));
      boolean known = Double.isFinite(low) && Double.isFinite(high);
      String weighting = record.path("weighting").asText("");
      String metric = MetricDefinition.of(record.path("metric").asText("")).title();
      table.row(
          record.path("task").asText(""),
          weighting.isEmpty() ? metric : metric + ", weighted by " + weighting,
          record.path("group").asText(""),
          Figures.score(Figures.number(record.path("first"))),
          Figures.score(Figures.number(record.path("second"))),
          Figures.difference(Figures.number(record.path("difference"))),
          Figures.interval(low, high),
          known ? (low > 0 || high < 0 ? "yes" : "no") : Figures.NONE,
          Figures.count(record.path("rows")),
          Figures.count(record.path("positives")));
    }
    return table;
  }
}
