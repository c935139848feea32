package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts, label rates, how labels go together, activity, popularity, and unknown values. */
final class DataSection extends Section {
  DataSection() {
    super("data", "Data");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    JsonNode analysis = inputs.analysis();
    if (!analysis.isObject()) {
      note(page, "The data of this workspace has not been analysed.");
      return;
    }
    List<LabelCount> counts = LabelCount.of(analysis.path("labels"));
    splits(page, counts);
    page.open("div", "class", "plots");
    days(page, plots, counts);
    curve(page, plots, "User activity", "Rows of a user", "Users", analysis.path("user_activity"));
    curve(
        page,
        plots,
        "Item popularity",
        "Rows of an item",
        "Items",
        analysis.path("item_popularity"));
    page.close();
    coOccurrence(page, analysis.path("co_occurrence"));
    fields(page, analysis.path("fields"));
  }

  private static void splits(Markup page, List<LabelCount> counts) {
    List<List<String>> rows = new ArrayList<>();
    for (String split : LabelCount.splits(counts)) {
      for (LabelCount sum : LabelCount.byTask(counts, count -> count.split().equals(split))) {
        rows.add(
            List.of(
                split,
                sum.task(),
                Figures.count(sum.rows()),
                Figures.count(sum.labelled()),
                Figures.count(sum.positives()),
                Figures.percent(sum.rate())));
      }
    }
    if (rows.isEmpty()) {
      note(page, "No counts by split.");
      return;
    }
    table(
        page,
        "Rows and label rates by split",
        2,
        List.of("Split", "Task", "Rows", "Labelled", "Positives", "Rate"),
        rows);
  }

  private static void days(Markup page, Plot plots, List<LabelCount> counts) {
    List<String> names = new ArrayList<>();
    List<Double> dayRows = new ArrayList<>();
    Map<String, Curve> rates = new LinkedHashMap<>();
    for (String day : LabelCount.days(counts)) {
      List<LabelCount> sums = LabelCount.byTask(counts, count -> count.day().equals(day));
      names.add(day.length() == 10 ? day.substring(5) : day);
      dayRows.add((double) sums.get(0).rows());
      for (LabelCount sum : sums) {
        rates.computeIfAbsent(sum.task(), Curve::new).add(names.size(), 100 * sum.rate());
      }
    }
    plots.bars(page, "Rows by day", "Day", "Rows", names, Map.of("rows", dayRows), false);
    plots.lines(
        page,
        "Label rates by day",
        "Day, counted from the first",
        "Rate, percent",
        List.copyOf(rates.values()));
  }

  private static void curve(
      Markup page, Plot plots, String title, String xTitle, String yTitle, JsonNode points) {
    Curve curve = new Curve(title);
    for (JsonNode point : points) {
      curve.add(Figures.number(point.path("from")), Figures.number(point.path("count")));
    }
    plots.logLines(page, title, xTitle, yTitle, List.of(curve));
  }

  private static void coOccurrence(Markup page, JsonNode pairs) {
    if (pairs.isEmpty()) {
      note(page, "No co-occurrence of labels.");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode pair : pairs) {
      rows.add(
          List.of(
              pair.path("first").asText(""),
              pair.path("second").asText(""),
              Figures.count(pair.path("rows")),
              Figures.count(pair.path("first_positives")),
              Figures.count(pair.path("second_positives")),
              Figures.count(pair.path("both")),
              Figures.score(Figures.number(pair.path("lift")))));
    }
    table(
        page,
        "Co-occurrence of labels",
        2,
        List.of("First", "Second", "Rows", "First positive", "Second positive", "Both", "Lift"),
        rows);
    note(
        page,
        "Lift is the number of rows with both labels over that expected if they were independent.");
  }

  private static void fields(Markup page, JsonNode fields) {
    if (fields.isEmpty()) {
      note(page, "No rates of missing and unknown values.");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode field : fields) {
      rows.add(
          List.of(
              field.path("field").asText(""),
              field.path("split").asText(""),
              Figures.percent(field.path("missing_rate")),
              Figures.percent(field.path("oov_rate"))));
    }
    table(
        page,
        "Missing and out-of-vocabulary values by field",
        2,
        List.of("Field", "Split", "Missing", "Out of vocabulary"),
        rows);
  }
}
