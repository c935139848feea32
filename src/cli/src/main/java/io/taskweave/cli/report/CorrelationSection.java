package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.taskweave.core.correlation.CorrelationMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.StreamSupport;

/** What behaviours of each category tell at each position, in the data and to the model. */
final class CorrelationSection extends Section {
  CorrelationSection() {
    super("correlation", "When and what");
  }

  @Override
  boolean applies(ReportInputs inputs) {
    return !inputs.correlation().isMissingNode();
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    JsonNode correlation = inputs.correlation();
    note(
        page,
        "What a behaviour of each "
            + correlation.path("attribute").asText()
            + " in "
            + correlation.path("sequence").asText()
            + " tells of the label of "
            + correlation.path("task").asText()
            + " for one target. In the data it is the mutual information of the label and such a"
            + " behaviour, less the bias of small counts; to the model it is the weight of the"
            + " behaviour times the length of its product with the target. Their units differ: each"
            + " map is scaled to run from 0, without colour, to 1. Spearman's correlation misleads"
            + " where most cells are noise, as their order counts as much as the peak's. The lines"
            + " show how what the target's own value tells fades against its first place, and the"
            + " table what each behaviour tells on average against the one that tells most.");
    table(page, correlation);
    boolean first = true;
    for (JsonNode target : correlation.path("targets")) {
      page.open("details", first ? "open" : "class", first ? "open" : "subset");
      page.element("summary", "Target " + target.path("target").asText());
      page.open("div", "class", "plots");
      heat(page, plots, correlation, target, "in the data", target.path("data"));
      for (JsonNode learnt : target.path("learnt")) {
        heat(page, plots, correlation, target, learntName(learnt), learnt);
      }
      decay(page, plots, correlation, target);
      page.close();
      rowMeans(page, target);
      page.close();
      first = false;
    }
  }

  /** How what the target's own category tells fades, in the data and learnt. */
  private static void decay(Markup page, Plot plots, JsonNode correlation, JsonNode target) {
    String name = target.path("target").asText();
    int row = texts(target.path("behaviours")).indexOf(name);
    if (row < 0) {
      return;
    }
    List<Curve> curves = new ArrayList<>();
    curves.add(decay(new Curve("in the data", 0), matrix(target.path("data")), row));
    for (JsonNode learnt : target.path("learnt")) {
      Curve curve = new Curve(learntName(learnt), curves.size(), true);
      curves.add(decay(curve, matrix(learnt), row));
    }
    plots.linesOver(
        page,
        "Target " + name + ", decay of " + name + " itself",
        horizontal(correlation),
        "Times the first",
        texts(correlation.path("column_names")),
        curves,
        Mark.NONE);
  }

  private static Curve decay(Curve curve, CorrelationMatrix matrix, int row) {
    double[] values = matrix.decay(row);
    for (int column = 0; column < values.length; column++) {
      curve.add(column + 1, values[column]);
    }
    return curve;
  }

  /** How much each category tells, whenever it was; of the category that tells most. */
  private static void rowMeans(Markup page, JsonNode target) {
    Table table =
        new Table("Means of the rows, target " + target.path("target").asText(), "Behaviour");
    List<double[]> means = new ArrayList<>();
    table.figure("In the data");
    means.add(relativeMeans(matrix(target.path("data"))));
    for (JsonNode learnt : target.path("learnt")) {
      table.figure("Learnt, " + learnt.path("view").asText() + " table");
      means.add(relativeMeans(matrix(learnt)));
    }
    List<String> behaviours = texts(target.path("behaviours"));
    for (int row = 0; row < behaviours.size(); row++) {
      List<String> cells = new ArrayList<>(List.of(behaviours.get(row)));
      for (double[] of : means) {
        cells.add(Figures.times(of[row]));
      }
      table.row(cells);
    }
    table.write(page);
  }

  private static double[] relativeMeans(CorrelationMatrix matrix) {
    double[] means = matrix.rowMeans();
    double largest = DoubleStream.of(means).max().orElse(Double.NaN);
    return DoubleStream.of(means).map(mean -> mean / largest).toArray();
  }

  private static void table(Markup page, JsonNode correlation) {
    Table table = new Table("Peaks and agreement of the maps", "Target", "Table");
    table.figures("In the data", "Peak").figures("Learnt", "Peak", "Pearson", "Spearman");
    for (JsonNode target : correlation.path("targets")) {
      for (JsonNode learnt : target.path("learnt")) {
        table.row(
            target.path("target").asText(),
            learnt.path("view").asText(),
            peak(target.path("data")),
            peak(learnt),
            Figures.times(Figures.number(learnt.path("pearson"))),
            Figures.times(Figures.number(learnt.path("spearman"))));
      }
    }
    table.write(page);
  }

  private static String peak(JsonNode matrix) {
    JsonNode peak = matrix.path("peak");
    return peak.path("behaviour").asText() + " at " + peak.path("column").asText();
  }

  private static void heat(
      Markup page,
      Plot plots,
      JsonNode correlation,
      JsonNode target,
      String title,
      JsonNode described) {
    CorrelationMatrix scaled = matrix(described).scaled();
    List<List<Double>> drawn = new ArrayList<>();
    for (int row = 0; row < scaled.rows(); row++) {
      List<Double> line = new ArrayList<>();
      for (int column = 0; column < scaled.columns(); column++) {
        line.add(scaled.value(row, column));
      }
      drawn.add(line);
    }
    plots.heat(
        page,
        "Target " + target.path("target").asText() + ", " + title,
        horizontal(correlation),
        0,
        texts(target.path("behaviours")),
        texts(correlation.path("column_names")),
        drawn);
  }

  private static String horizontal(JsonNode correlation) {
    return correlation.path("columns").asText().equals("positions") ? "Position" : "Interval";
  }

  private static String learntName(JsonNode learnt) {
    return "learnt, " + learnt.path("view").asText() + " table";
  }

  private static CorrelationMatrix matrix(JsonNode described) {
    JsonNode cells = described.path("cells");
    double[][] values = new double[cells.size()][cells.path(0).size()];
    for (int row = 0; row < values.length; row++) {
      for (int column = 0; column < values[row].length; column++) {
        values[row][column] = cells.path(row).path(column).asDouble();
      }
    }
    return new CorrelationMatrix(values);
  }

  private static List<String> texts(JsonNode names) {
    return StreamSupport.stream(names.spliterator(), false).map(JsonNode::asText).toList();
  }
}
