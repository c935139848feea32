package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Counts, label rates, how labels go together, activity, popularity, and unknown values. */
final class DataSection extends Section {
  private static final int SPLIT_COLOUR = 3;

  DataSection() {
    super("data", "Data");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    JsonNode analysis = inputs.analysis();
    List<LabelCount> counts = LabelCount.of(analysis.path("labels"));
    if (counts.isEmpty()) {
      note(
          page,
          "The samples of this workspace have not been analysed: run taskweave features, which"
              + " counts them.");
    } else {
      splits(page, counts);
      page.open("div", "class", "plots");
      days(page, plots, counts);
      page.close();
      dayTable(page, counts);
      coOccurrence(page, analysis.path("co_occurrence"));
      spread(page, plots, analysis);
    }
    page.element("h3", "Missing and unknown values");
    fields(page, inputs.manifest("samples").path("summary"));
  }

  private static void splits(Markup page, List<LabelCount> counts) {
    List<String> tasks = counts.stream().map(LabelCount::task).distinct().toList();
    Table table = new Table("Rows and label rates by split", "Split").figure("Rows");
    tasks.forEach(task -> table.figures(task, "Labelled", "Positives", "Rate"));
    for (String split : LabelCount.splits(counts)) {
      table.row(cells(split, LabelCount.byTask(counts, c -> c.split().equals(split)), tasks));
    }
    table.row(cells("all", LabelCount.byTask(counts, c -> true), tasks));
    table.write(page);
    note(page, "The rate is the share of labelled rows with label 1.");
  }

  private static List<String> cells(String name, List<LabelCount> sums, List<String> tasks) {
    List<String> cells = new ArrayList<>(List.of(name, Figures.count(sums.get(0).rows())));
    for (String task : tasks) {
      LabelCount sum =
          sums.stream()
              .filter(count -> count.task().equals(task))
              .findFirst()
              .orElse(new LabelCount("", "", task, 0, 0, 0));
      cells.add(Figures.count(sum.labelled()));
      cells.add(Figures.count(sum.positives()));
      cells.add(Figures.percent(sum.rate()));
    }
    return cells;
  }

  private static void days(Markup page, Plot plots, List<LabelCount> counts) {
    List<String> days = LabelCount.days(counts);
    List<String> names = days.stream().map(DataSection::withoutYear).toList();
    String firstTask = counts.get(0).task();
    List<Bars> rows = new ArrayList<>();
    for (String split : LabelCount.splits(counts)) {
      List<Double> ofSplit = new ArrayList<>();
      for (String day : days) {
        ofSplit.add(
            (double)
                counts.stream()
                    .filter(count -> count.split().equals(split) && count.day().equals(day))
                    .filter(count -> count.task().equals(firstTask))
                    .mapToLong(LabelCount::rows)
                    .sum());
      }
      rows.add(new Bars(split, SPLIT_COLOUR + rows.size(), ofSplit));
    }
    plots.bars(page, "Rows by day", "Day", "Rows", names, rows, true);
    List<String> tasks = counts.stream().map(LabelCount::task).distinct().toList();
    for (int task = 0; task < tasks.size(); task++) {
      String name = tasks.get(task);
      Curve rates = new Curve(name, task);
      for (int day = 0; day < days.size(); day++) {
        String at = days.get(day);
        LabelCount.byTask(counts, c -> c.day().equals(at) && c.task().equals(name)).stream()
            .findFirst()
            .ifPresent(sum -> rates.add(days.indexOf(at) + 1, 100 * sum.rate()));
      }
      plots.linesOver(
          page, name + ", rate by day", "Day", "Percent", names, List.of(rates), Mark.NONE);
    }
  }

  private static String withoutYear(String day) {
    return day.length() == 10 ? day.substring(5) : day;
  }

  private static void dayTable(Markup page, List<LabelCount> counts) {
    List<String> tasks = counts.stream().map(LabelCount::task).distinct().toList();
    Table table = new Table("Rows and label rates by day", "Day").figure("Rows");
    tasks.forEach(task -> table.figures(task, "Labelled", "Positives", "Rate"));
    for (String day : LabelCount.days(counts)) {
      table.row(cells(day, LabelCount.byTask(counts, c -> c.day().equals(day)), tasks));
    }
    folded(page, "The figures by day", table);
  }

  private static void coOccurrence(Markup page, JsonNode pairs) {
    page.element("h3", "Labels together");
    if (pairs.isEmpty()) {
      note(page, "There is one task only, so no two labels to compare.");
      return;
    }
    Table table =
        new Table("Co-occurrence of labels", "First", "Second")
            .figure("Rows")
            .figure("First positive")
            .figure("Second positive")
            .figure("Both")
            .figure("Second, given first")
            .figure("First, given second")
            .figure("Lift");
    for (JsonNode pair : pairs) {
      long both = pair.path("both").asLong();
      table.row(
          pair.path("first").asText(""),
          pair.path("second").asText(""),
          Figures.count(pair.path("rows")),
          Figures.count(pair.path("first_positives")),
          Figures.count(pair.path("second_positives")),
          Figures.count(pair.path("both")),
          Figures.share(both, pair.path("first_positives").asLong()),
          Figures.share(both, pair.path("second_positives").asLong()),
          Figures.times(Figures.number(pair.path("lift"))));
    }
    table.write(page);
    note(
        page,
        "Over rows that know both labels. Lift is the number of rows with both over that expected"
            + " of independent labels: 1 says nothing, above 1 they attract each other.");
  }

  private static void spread(Markup page, Plot plots, JsonNode analysis) {
    page.element("h3", "Activity and popularity");
    page.open("div", "class", "plots");
    atLeast(page, plots, "User activity", "user", analysis.path("user_activity"), 0);
    atLeast(page, plots, "Item popularity", "item", analysis.path("item_popularity"), 1);
    page.close();
    Table table =
        new Table("Users and items by their number of rows", "Of", "Rows of one")
            .figure("How many")
            .figure("Share")
            .figure("Their rows")
            .figure("Share of rows");
    bins(table, "Users", analysis.path("user_activity"));
    bins(table, "Items", analysis.path("item_popularity"));
    folded(page, "The figures by number of rows", table);
  }

  /** How many users or items have that many rows or more: exact at every power of two. */
  private static void atLeast(
      Markup page, Plot plots, String title, String one, JsonNode bins, int colour) {
    Curve curve = new Curve(title, colour);
    for (int bin = 0; bin < bins.size(); bin++) {
      long count = 0;
      for (int above = bin; above < bins.size(); above++) {
        count += bins.get(above).path("count").asLong();
      }
      curve.add(Figures.number(bins.get(bin).path("from")), (double) count);
    }
    plots.logLines(
        page,
        title,
        "Rows of one " + one + ", at least",
        one.equals("user") ? "Users" : "Items",
        List.of(curve));
  }

  private static void bins(Table table, String of, JsonNode bins) {
    long count = 0;
    long rows = 0;
    for (JsonNode bin : bins) {
      count += bin.path("count").asLong();
      rows += bin.path("rows").asLong();
    }
    for (JsonNode bin : bins) {
      String from = Figures.count(bin.path("from"));
      String to = Figures.count(bin.path("to"));
      table.row(
          of,
          from.equals(to) ? from : from + " to " + to,
          Figures.count(bin.path("count")),
          Figures.share(bin.path("count").asLong(), count),
          Figures.count(bin.path("rows")),
          Figures.share(bin.path("rows").asLong(), rows));
    }
  }

  private static void fields(Markup page, JsonNode summary) {
    List<String> splits = LabelCount.inOrder(Figures.names(summary.path("splits")));
    if (splits.isEmpty()) {
      note(page, "This workspace has no encoded samples: run taskweave features.");
      return;
    }
    Table table = new Table("Missing and out-of-vocabulary values by field", "Field").figure("Ids");
    splits.forEach(split -> table.figures(split, "Missing", "Unknown"));
    for (String field : Figures.names(summary.path("splits").path(splits.get(0)).path("fields"))) {
      List<String> cells = new ArrayList<>();
      cells.add(field);
      cells.add(Figures.count(summary.path("table_rows").path(field)));
      for (String split : splits) {
        JsonNode rates = summary.path("splits").path(split).path("fields").path(field);
        cells.add(Figures.percent(rates.path("missing_rate")));
        cells.add(Figures.percent(rates.path("out_of_vocabulary_rate")));
      }
      table.row(cells);
    }
    if (table.isEmpty()) {
      note(page, "No field has a vocabulary.");
      return;
    }
    table.write(page);
    note(
        page,
        "Missing is the share of rows without a value. Unknown is the share of values that the"
            + " vocabulary of the training part does not hold, because they are new or rarer than"
            + " the minimum count. Ids count the rows of the field's table, the two for missing and"
            + " unknown included; a field that shares another's table has none of its own.");
  }
}
