package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where pairs lie that single-task models disagree on, in the tables of every model. */
final class ConflictFigures {
  private static final int CONFLICT_COLOUR = 1;
  private static final int OTHERS_COLOUR = 7;

  private final JsonNode conflicts;
  private final String baseline;

  ConflictFigures(JsonNode conflicts, String baseline) {
    this.conflicts = conflicts;
    this.baseline = baseline;
  }

  void write(Markup page, Plot plots) {
    JsonNode records = conflicts.path("records");
    if (records.isEmpty()) {
      Section.note(
          page,
          conflicts.path("rows").isNumber()
              ? "No pair of user and item is frequent enough in training: lower"
                  + " experiment.conflict.frequency."
              : "Not measured: the baseline must train each task by itself, and user and item must"
                  + " be fields of the model.");
      return;
    }
    Section.note(
        page,
        "A pair of user and item is in conflict if the single-task model of one task holds its"
            + " vectors far apart (above the "
            + percentile("far_percentile")
            + " of that table's distances) and that of another task holds them near (up to the "
            + percentile("near_percentile")
            + "). One shared table can follow one of them only; separate tables can follow both."
            + " Distances are Euclidean, of rows of the "
            + conflicts.path("split").asText()
            + " split whose user and item both lie above the "
            + percentile("frequency")
            + " of occurrences in training: "
            + Figures.count(conflicts.path("kept"))
            + " of "
            + Figures.count(conflicts.path("rows"))
            + " rows. Near and far are judged by each table's own percentiles. Shown are the first"
            + " seed and optimizer of every model, the tables of "
            + baseline
            + " at each task's own best epoch. The definition is that of the notebooks to Pan et"
            + " al. (KDD 2024).");
    Map<String, List<JsonNode>> subsets = new LinkedHashMap<>();
    for (JsonNode record : records) {
      String subset =
          "far by "
              + record.path("far_task").asText()
              + ", near by "
              + record.path("near_task").asText();
      subsets.computeIfAbsent(subset, any -> new ArrayList<>()).add(record);
    }
    Table table = new Table("Conflicting pairs by table", "Pairs", "Model", "Table");
    table.figure("Rows").figure("Near").figure("Between").figure("Far");
    subsets.forEach((subset, all) -> all.forEach(record -> row(table, subset, record)));
    table.write(page);
    boolean first = true;
    for (Map.Entry<String, List<JsonNode>> subset : subsets.entrySet()) {
      page.open("details", first ? "open" : "class", first ? "open" : "subset");
      page.element("summary", "Distances of pairs that are " + subset.getKey());
      page.open("div", "class", "plots");
      subset.getValue().forEach(record -> draw(page, plots, record));
      page.close().close();
      first = false;
    }
  }

  private String percentile(String key) {
    return Math.round(100 * conflicts.path(key).asDouble()) + "th percentile";
  }

  private static void row(Table table, String subset, JsonNode record) {
    long pairs = record.path("pairs").asLong();
    long near = record.path("near").asLong();
    long far = record.path("far").asLong();
    table.row(
        subset,
        record.path("model").asText(),
        record.path("table").asText(),
        Figures.count(pairs),
        Figures.share(near, pairs),
        Figures.share(pairs - near - far, pairs),
        Figures.share(far, pairs));
  }

  private static void draw(Markup page, Plot plots, JsonNode record) {
    List<String> edges = new ArrayList<>();
    List<Double> conflict = new ArrayList<>();
    List<Double> others = new ArrayList<>();
    for (JsonNode bin : record.path("bins")) {
      edges.add(Figures.times((bin.path("from").asDouble() + bin.path("to").asDouble()) / 2));
      conflict.add(bin.path("conflict").asDouble());
      others.add(bin.path("others").asDouble());
    }
    plots.bars(
        page,
        record.path("model").asText() + ", " + record.path("table").asText(),
        "Distance",
        "Rows",
        distinct(edges),
        List.of(
            new Bars("in conflict", CONFLICT_COLOUR, conflict),
            new Bars("all others", OTHERS_COLOUR, others)),
        true);
  }

  /** Categories must differ, also where two bins have one middle to two decimals. */
  private static List<String> distinct(List<String> names) {
    List<String> distinct = new ArrayList<>();
    for (String name : names) {
      StringBuilder unique = new StringBuilder(name);
      while (distinct.contains(unique.toString())) {
        unique.append(' ');
      }
      distinct.add(unique.toString());
    }
    return distinct;
  }
}
