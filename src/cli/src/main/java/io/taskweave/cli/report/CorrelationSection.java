package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.taskweave.core.correlation.CorrelationMatrix;
import java.util.ArrayList;
import java.util.List;
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
            + " where most cells are noise, as their order counts as much as the peak's.");
    table(page, correlation);
    boolean first = true;
    for (JsonNode target : correlation.path("targets")) {
      page.open("details", first ? "open" : "class", first ? "open" : "subset");
      page.element("summary", "Target " + target.path("target").asText());
      page.open("div", "class", "plots");
      heat(page, plots, correlation, target, "in the data", target.path("data"));
      for (JsonNode learnt : target.path("learnt")) {
        String title = "learnt, " + learnt.path("view").asText() + " table";
        heat(page, plots, correlation, target, title, learnt);
      }
      page.close().close();
      first = false;
    }
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
      JsonNode matrix) {
    JsonNode cells = matrix.path("cells");
    double[][] values = new double[cells.size()][cells.path(0).size()];
    for (int row = 0; row < values.length; row++) {
      for (int column = 0; column < values[row].length; column++) {
        values[row][column] = cells.path(row).path(column).asDouble();
      }
    }
    CorrelationMatrix scaled = new CorrelationMatrix(values).scaled();
    List<List<Double>> drawn = new ArrayList<>();
    for (int row = 0; row < values.length; row++) {
      List<Double> line = new ArrayList<>();
      for (int column = 0; column < scaled.columns(); column++) {
        line.add(scaled.value(row, column));
      }
      drawn.add(line);
    }
    plots.heat(
        page,
        "Target " + target.path("target").asText() + ", " + title,
        correlation.path("columns").asText().equals("positions") ? "Position" : "Interval",
        0,
        texts(target.path("behaviours")),
        texts(correlation.path("column_names")),
        drawn);
  }

  private static List<String> texts(JsonNode names) {
    return StreamSupport.stream(names.spliterator(), false).map(JsonNode::asText).toList();
  }
}
