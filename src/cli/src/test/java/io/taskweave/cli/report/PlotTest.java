package io.taskweave.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

/** Few, equal, huge and missing values, which charting libraries are apt to stumble over. */
class PlotTest {
  private static final Mark MARK = new Mark("here", List.of(1.0));

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, -2, 1e-9, 3e9})
  void aSingleValueIsDrawn(double value) {
    Curve point = new Curve("a", 0).add(1, value);
    Bars bars = new Bars("a", 0, List.of(value));
    assertDrawn(1, (page, plot) -> plot.lines(page, "t", "x", "y", List.of(point)));
    assertDrawn(
        1, (page, plot) -> plot.linesOver(page, "t", "x", "y", List.of("p"), List.of(point), MARK));
    assertDrawn(
        value > 0 ? 1 : 0, (page, plot) -> plot.logLines(page, "t", "x", "y", List.of(point)));
    assertDrawn(1, (page, plot) -> plot.diagonal(page, "t", "x", "y", point));
    assertDrawn(1, (page, plot) -> plot.histogram(page, "t", "x", "y", point, Mark.NONE));
    assertDrawn(
        value > 0 ? 1 : 0,
        (page, plot) -> plot.bars(page, "t", "x", "y", List.of("c"), List.of(bars), true));
    assertDrawn(1, (page, plot) -> plot.shares(page, "t", "x", List.of("c"), List.of(bars)));
    MetricRow row =
        new MetricRow(
            "auc",
            "a",
            "test",
            "all",
            "",
            MetricRow.COMMON_EPOCH,
            value,
            1,
            1,
            0,
            0,
            Double.NaN,
            Double.NaN,
            "");
    assertDrawn(
        1, (page, plot) -> plot.intervals(page, "t", "x", 0, MARK, List.of(row), name -> name));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 9, 60})
  void placesAreNamedHoweverManyThereAre(int count) {
    Curve curve = new Curve("a", 0);
    List<String> names = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (int place = 1; place <= count; place++) {
      names.add("day " + place);
      values.add((double) place % 7);
      curve.add(place, place % 7);
    }
    assertDrawn(
        1, (page, plot) -> plot.linesOver(page, "t", "x", "y", names, List.of(curve), MARK));
    Bars bars = new Bars("a", 0, values);
    assertDrawn(
        1, (page, plot) -> plot.bars(page, "t", "x", "y", names, List.of(bars, bars), true));
    assertDrawn(1, (page, plot) -> plot.shares(page, "t", "x", names, List.of(bars)));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
  void whatIsNotFiniteIsSaidToBeMissing(double value) {
    Curve point = new Curve("a", 0).add(1, value);
    assertDrawn(0, (page, plot) -> plot.lines(page, "t", "x", "y", List.of(point)));
    assertDrawn(0, (page, plot) -> plot.histogram(page, "t", "x", "y", point, MARK));
    assertDrawn(0, (page, plot) -> plot.shares(page, "t", "x", List.of(), List.of()));
    assertDrawn(
        0,
        (page, plot) ->
            plot.bars(
                page,
                "t",
                "x",
                "y",
                List.of("c"),
                List.of(new Bars("a", 0, List.of(value))),
                false));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 9, 60})
  void aCellIsTheStrongerTheLargerItsValue(int columns) {
    List<String> names = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (int column = 1; column <= columns; column++) {
      names.add("epoch " + column);
      values.add((double) column / columns);
    }
    List<Double> empty = java.util.Collections.nCopies(columns, Double.NaN);
    BiConsumer<Markup, Plot> drawing =
        (page, plot) ->
            plot.heat(page, "t", "x", 1, List.of("a", "b"), names, List.of(values, empty));
    assertDrawn(1, drawing);
    Markup page = new Markup();
    page.open("main");
    drawing.accept(page, new Plot());
    String svg = page.close().toString();
    // One line a cell, in the colour of the series.
    assertThat(svg.split("var\\(--series-2\\)", -1)).hasSize(columns + 1);
    assertThat(svg.split("stroke-opacity", -1)).hasSize(columns);
    assertDrawn(0, (none, plot) -> plot.heat(none, "t", "x", 1, List.of(), names, List.of()));
  }

  private static void assertDrawn(int drawings, BiConsumer<Markup, Plot> drawing) {
    Markup page = new Markup();
    page.open("main");
    drawing.accept(page, new Plot());
    ReadPage read = new ReadPage(page.close().toString());
    List<Element> found = read.all("svg");
    assertThat(found).hasSize(drawings);
    if (drawings == 0) {
      assertThat(page.toString()).contains("No data for: t.");
    } else {
      assertThat(page.toString()).doesNotContain("NaN").doesNotContain("Infinity");
    }
  }
}
