package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** How much each task moves what the tasks share, by layer, table and epoch. */
final class DominanceSection extends Section {
  private static final String TABLES = "embedding/";
  private static final int LABEL = 22;

  DominanceSection() {
    super("dominance", "Dominance");
  }

  @Override
  boolean applies(ReportInputs inputs) {
    return !inputs.events("dominance").isEmpty();
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    List<JsonNode> events = inputs.events("dominance");
    List<Integer> epochs =
        List.copyOf(
            new TreeSet<>(events.stream().map(event -> event.path("epoch").asInt()).toList()));
    int last = epochs.get(epochs.size() - 1);
    List<JsonNode> end =
        events.stream().filter(event -> event.path("epoch").asInt() == last).toList();
    List<String> tasks = tasks(events);
    page.element("p", sentence(tasks, end, last), "class", "headline");
    note(
        page,
        "Each step of a parameter that several tasks reach is a sum of parts, one a task. A task's"
            + " update average is that of its squared parts, which fades; its share of an element is"
            + " that average over the sum of all tasks', so the shares of an element sum to 1. A"
            + " task with more than 90 percent dominates the element. Elements that nothing moved"
            + " are left out, and of large parameters a sample of rows is measured. "
            + measured(end)
            + " A share of one half says either that the tasks work side by side or that they pull"
            + " against each other: read it with the losses and over the epochs.");
    heat(page, plots, inputs, tasks, events, epochs);
    histograms(page, plots, inputs, tasks, end, last);
    table(page, tasks, end, last);
  }

  private static List<String> tasks(List<JsonNode> events) {
    Set<String> tasks = new LinkedHashSet<>();
    events.forEach(event -> tasks.addAll(Figures.names(event.path("by_task"))));
    return List.copyOf(tasks);
  }

  private static String sentence(List<String> tasks, List<JsonNode> end, int epoch) {
    List<JsonNode> tables = end.stream().filter(DominanceSection::isTable).toList();
    List<JsonNode> layers = end.stream().filter(event -> !isTable(event)).toList();
    List<String> parts = new ArrayList<>();
    for (String task : tasks) {
      List<String> of = new ArrayList<>();
      if (!tables.isEmpty()) {
        of.add(Figures.percent(dominated(tables, task)) + " of the shared tables' elements");
      }
      if (!layers.isEmpty()) {
        of.add(Figures.percent(dominated(layers, task)) + " of the shared layers'");
      }
      parts.add(task + " dominates " + String.join(" and ", of));
    }
    return String.format(
        Locale.ROOT, "At the end of epoch %d, %s.", epoch, String.join("; ", parts));
  }

  private static boolean isTable(JsonNode event) {
    return event.path("parameter").asText("").contains(TABLES);
  }

  /** Over all measured elements of some groups. */
  private static double dominated(List<JsonNode> events, String task) {
    double sum = 0;
    double elements = 0;
    for (JsonNode event : events) {
      double here = event.path("elements").asDouble();
      double share = Figures.number(event.path("by_task").path(task).path("dominated"));
      if (here > 0) {
        elements += here;
        sum += Double.isFinite(share) ? here * share : 0;
      }
    }
    return sum / elements;
  }

  private static String measured(List<JsonNode> end) {
    int steps = end.get(0).path("measured_steps").asInt();
    return String.format(
        Locale.ROOT, "Measured at the %,d steps up to the end of the epoch.", steps);
  }

  private static void heat(
      Markup page,
      Plot plots,
      ReportInputs inputs,
      List<String> tasks,
      List<JsonNode> events,
      List<Integer> epochs) {
    List<String> groups =
        List.copyOf(
            new LinkedHashSet<>(
                events.stream().map(event -> event.path("parameter").asText("")).toList()));
    List<String> names = groups.stream().map(DominanceSection::label).toList();
    List<String> columns = epochs.stream().map(epoch -> Integer.toString(epoch)).toList();
    note(
        page,
        "The stronger the colour, the closer to 100 percent; a cell without colour is near 0.");
    for (String task : tasks) {
      page.open("div", "class", "plots");
      for (String measure : List.of("mean", "dominated")) {
        List<List<Double>> values = new ArrayList<>();
        for (String group : groups) {
          values.add(
              epochs.stream().map(epoch -> value(events, group, epoch, task, measure)).toList());
        }
        plots.heat(
            page,
            task
                + (measure.equals("mean") ? ", mean share" : ", part of the elements it dominates"),
            "Epoch",
            colour(inputs, task),
            names,
            columns,
            values);
      }
      page.close();
    }
  }

  private static double value(
      List<JsonNode> events, String group, int epoch, String task, String measure) {
    return events.stream()
        .filter(event -> event.path("epoch").asInt() == epoch)
        .filter(event -> event.path("parameter").asText("").equals(group))
        .mapToDouble(event -> Figures.number(event.path("by_task").path(task).path(measure)))
        .findFirst()
        .orElse(Double.NaN);
  }

  /** The end of a name tells layers and tables apart, its beginning does not. */
  private static String label(String group) {
    int length = group.codePointCount(0, group.length());
    return length <= LABEL
        ? group
        : "…" + group.substring(group.offsetByCodePoints(0, length - LABEL + 1));
  }

  private static int colour(ReportInputs inputs, String task) {
    return Math.max(0, inputs.tasks().indexOf(task));
  }

  private static void histograms(
      Markup page,
      Plot plots,
      ReportInputs inputs,
      List<String> tasks,
      List<JsonNode> end,
      int epoch) {
    page.element("h3", "Elements by a task's share, epoch " + epoch);
    page.open("div", "class", "plots");
    List<JsonNode> tables = end.stream().filter(DominanceSection::isTable).toList();
    if (!tables.isEmpty()) {
      histogram(page, plots, inputs, tasks, "all shared tables", tables);
    }
    for (JsonNode event : end) {
      if (!isTable(event)) {
        histogram(page, plots, inputs, tasks, event.path("parameter").asText(""), List.of(event));
      }
    }
    page.close();
    if (tables.size() > 1) {
      page.open("details").element("summary", "Each table").open("div", "class", "plots");
      for (JsonNode table : tables) {
        histogram(page, plots, inputs, tasks, table.path("parameter").asText(""), List.of(table));
      }
      page.close().close();
    }
  }

  private static void histogram(
      Markup page,
      Plot plots,
      ReportInputs inputs,
      List<String> tasks,
      String title,
      List<JsonNode> events) {
    double elements = events.stream().mapToDouble(event -> event.path("elements").asDouble()).sum();
    List<Bars> series = new ArrayList<>();
    int bins = 0;
    for (String task : tasks) {
      bins = events.get(0).path("by_task").path(task).path("histogram").size();
      List<Double> percents =
          IntStream.range(0, bins)
              .mapToObj(bin -> 100 * count(events, task, bin) / elements)
              .toList();
      series.add(new Bars(task, colour(inputs, task), percents));
    }
    int width = 100 / Math.max(1, bins);
    List<String> edges =
        IntStream.range(0, bins).mapToObj(bin -> Integer.toString(bin * width)).toList();
    plots.bars(
        page,
        title,
        "Share of the task, percent, in bins of " + width,
        "Percent of elements",
        edges,
        series,
        false);
  }

  private static double count(List<JsonNode> events, String task, int bin) {
    return events.stream()
        .mapToDouble(
            event -> event.path("by_task").path(task).path("histogram").path(bin).asDouble())
        .sum();
  }

  private static void table(Markup page, List<String> tasks, List<JsonNode> end, int epoch) {
    Table table =
        new Table("Shares of the updates, epoch " + epoch, "Parameter").figure("Elements");
    tasks.forEach(task -> table.figures(task, "Mean", "10 %", "Median", "90 %", "Dominated"));
    for (JsonNode event : end) {
      List<String> row = new ArrayList<>();
      row.add(event.path("parameter").asText(""));
      row.add(Figures.count(event.path("elements")));
      for (String task : tasks) {
        JsonNode of = event.path("by_task").path(task);
        for (String column : List.of("mean", "p10", "p50", "p90", "dominated")) {
          row.add(Figures.percent(of.path(column)));
        }
      }
      table.row(row);
    }
    table.write(page);
  }
}
