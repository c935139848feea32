package io.taskweave.cli.report;

import java.awt.BasicStroke;
import java.awt.Font;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.DoubleStream;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws charts into a page, each with its title, its legend and a description. */
final class Plot {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 250;
  private static final int MOST_DOTS = 40;
  private static final int MOST_LABELS = 7;
  private static final BasicStroke SOLID = new BasicStroke(2f);
  private static final BasicStroke BAR =
      new BasicStroke(16f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER);
  private static final BasicStroke CELL =
      new BasicStroke(24f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER);
  private static final BasicStroke DASHED =
      new BasicStroke(2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, new float[] {5, 4}, 0);
  private static final BasicStroke MARKED =
      new BasicStroke(1f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, new float[] {3, 3}, 0);

  private int drawings;

  /** Lines with a dot at every point when there are few. */
  void lines(Markup page, String title, String xTitle, String yTitle, List<Curve> curves) {
    List<Curve> drawn = drawn(curves);
    if (says(page, title, drawn.isEmpty())) {
      return;
    }
    XYChart chart = chart(xTitle, yTitle, HEIGHT);
    addLines(chart, drawn);
    figure(page, title, chart, drawn, Mark.NONE);
  }

  /** Lines over a few named places, which are 1, 2, 3 and so on of the curves. */
  void linesOver(
      Markup page,
      String title,
      String xTitle,
      String yTitle,
      List<String> places,
      List<Curve> curves,
      Mark mark) {
    List<Curve> drawn = drawn(curves);
    if (says(page, title, drawn.isEmpty())) {
      return;
    }
    XYChart chart = chart(xTitle, yTitle, HEIGHT);
    addLines(chart, drawn);
    nameColumns(chart, places);
    figure(page, title, chart, drawn, mark);
  }

  /** Lines over a logarithmic pair of axes; points that are not positive are left out. */
  void logLines(Markup page, String title, String xTitle, String yTitle, List<Curve> curves) {
    List<Curve> positive = new ArrayList<>();
    for (Curve curve : curves) {
      Curve kept = new Curve(curve.name(), curve.colour(), curve.dashed());
      for (int i = 0; i < curve.x().size(); i++) {
        if (curve.x().get(i) > 0 && curve.y().get(i) > 0) {
          kept.add(curve.x().get(i), curve.y().get(i));
        }
      }
      positive.add(kept);
    }
    List<Curve> drawn = drawn(positive);
    if (says(page, title, drawn.isEmpty())) {
      return;
    }
    XYChart chart = chart(xTitle, yTitle, HEIGHT);
    // With a formatting function of ours XChart would put the ticks of a linear axis.
    chart.getStyler().setxAxisTickLabelsFormattingFunction(null);
    chart.getStyler().setyAxisTickLabelsFormattingFunction(null);
    chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
    chart.getStyler().setXAxisDecimalPattern("#,###").setYAxisDecimalPattern("#,###");
    chart.getStyler().setPlotGridHorizontalLinesVisible(false);
    addLines(chart, drawn);
    figure(page, title, chart, drawn, Mark.NONE);
  }

  /** Predicted against actual with the diagonal of perfect calibration. */
  void diagonal(Markup page, String title, String xTitle, String yTitle, Curve curve) {
    List<Curve> drawn = drawn(List.of(curve));
    if (says(page, title, drawn.isEmpty())) {
      return;
    }
    XYChart chart = chart(xTitle, yTitle, HEIGHT);
    double limit = largest(curve);
    chart
        .addSeries("perfect", new double[] {0, limit}, new double[] {0, limit})
        .setMarker(SeriesMarkers.NONE)
        .setLineColor(Drawing.INK)
        .setLineStyle(MARKED);
    addLines(chart, drawn);
    figure(page, title, chart, drawn, Mark.NONE);
  }

  /**
   * An area under steps; each bin gives its two edges at its height.
   *
   * @param mark where the groups meet; the axis reaches it
   */
  void histogram(
      Markup page, String title, String xTitle, String yTitle, Curve outline, Mark mark) {
    if (says(page, title, outline.isEmpty())) {
      return;
    }
    XYChart chart = chart(xTitle, yTitle, HEIGHT);
    XYSeries area = chart.addSeries("area", outline.x(), outline.y());
    area.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Area).setMarker(SeriesMarkers.NONE);
    area.setLineColor(Drawing.series(outline.colour())).setLineStyle(new BasicStroke(1f));
    area.setFillColor(Drawing.series(outline.colour()));
    DoubleStream edges = outline.x().stream().mapToDouble(x -> x);
    double[] all = DoubleStream.concat(edges, mark.at().stream().mapToDouble(x -> x)).toArray();
    double lowest = DoubleStream.of(all).min().orElse(0);
    double highest = DoubleStream.of(all).max().orElse(1);
    double margin = 0.04 * (highest - lowest);
    chart.getStyler().setXAxisMin(lowest - margin).setXAxisMax(highest + margin).setYAxisMin(0.0);
    figure(page, title, chart, List.of(outline), mark);
  }

  /** Bars by category; every series has a value of 0 or more for every category. */
  void bars(
      Markup page,
      String title,
      String xTitle,
      String yTitle,
      List<String> categories,
      List<Bars> series,
      boolean stacked) {
    boolean any =
        series.stream()
            .flatMap(bars -> bars.values().stream())
            .anyMatch(v -> v > 0 && v < Double.POSITIVE_INFINITY);
    if (says(page, title, !any)) {
      return;
    }
    CategoryChart chart = new CategoryChartBuilder().width(WIDTH).height(HEIGHT).build();
    chart.setXAxisTitle(xTitle);
    chart.setYAxisTitle(yTitle);
    style(chart.getStyler());
    chart.getStyler().setStacked(stacked).setAvailableSpaceFill(0.8);
    chart.getStyler().setYAxisMin(0.0);
    List<String> labels = thinned(categories);
    for (int i = 0; i < series.size(); i++) {
      List<Double> finite =
          series.get(i).values().stream().map(v -> Double.isFinite(v) ? v : 0.0).toList();
      chart
          .addSeries("series " + i, labels, finite)
          .setFillColor(Drawing.series(series.get(i).colour()));
    }
    figure(page, title, chart, legend(series), Mark.NONE);
  }

  /**
   * Stacked bars that lie, one a name, from the first at the top; for names too long to stand side
   * by side.
   */
  void shares(Markup page, String title, String xTitle, List<String> names, List<Bars> series) {
    if (says(page, title, names.isEmpty() || series.isEmpty())) {
      return;
    }
    int last = names.size() - 1;
    XYChart chart = lines(xTitle, names);
    for (int line = 0; line <= last; line++) {
      double from = 0;
      for (int i = 0; i < series.size(); i++) {
        double width = series.get(i).values().get(line);
        if (width > 0) {
          chart
              .addSeries(
                  "bar " + line + " " + i,
                  new double[] {from, from + width},
                  new double[] {last - line, last - line})
              .setMarker(SeriesMarkers.NONE)
              .setLineColor(Drawing.series(series.get(i).colour()))
              .setLineStyle(BAR);
          from += width;
        }
      }
    }
    chart.getStyler().setXAxisMin(0.0);
    figure(page, title, chart, legend(series), Mark.NONE);
  }

  /**
   * A grid of cells, each the darker the larger its value, from the first name at the top.
   *
   * @param columns names of the columns
   * @param values one list a name with a value in [0, 1] a column; NaN for an empty cell
   */
  void heat(
      Markup page,
      String title,
      String xTitle,
      int colour,
      List<String> names,
      List<String> columns,
      List<List<Double>> values) {
    if (says(page, title, names.isEmpty() || columns.isEmpty())) {
      return;
    }
    int last = names.size() - 1;
    XYChart chart = lines(xTitle, names);
    for (int line = 0; line <= last; line++) {
      for (int column = 0; column < columns.size(); column++) {
        double value = values.get(line).get(column);
        if (Double.isFinite(value)) {
          chart
              .addSeries(
                  "cell " + line + " " + column,
                  new double[] {column + 0.52, column + 1.48},
                  new double[] {last - line, last - line})
              .setMarker(SeriesMarkers.NONE)
              .setLineColor(Drawing.series(colour, value))
              .setLineStyle(CELL);
        }
      }
    }
    nameColumns(chart, columns);
    chart.getStyler().setPlotGridVerticalLinesVisible(false);
    figure(page, title, chart, List.of(), Mark.NONE);
  }

  /** Labels 1, 2, 3 and so on of the horizontal axis by names, as many as fit. */
  private static void nameColumns(XYChart chart, List<String> names) {
    int every = (names.size() + MOST_LABELS - 1) / MOST_LABELS;
    chart.getStyler().setXAxisMin(0.5).setXAxisMax(names.size() + 0.5);
    chart.getStyler().setXAxisTickMarkSpacingHint(WIDTH / (names.size() + 1));
    chart
        .getStyler()
        .setxAxisTickLabelsFormattingFunction(
            atWholeNumbers(
                1, names.size(), place -> (place - 1) % every == 0 ? names.get(place - 1) : ""));
  }

  /**
   * A value with its interval, one a line, from the first at the top.
   *
   * @param mark a place to compare with; the axis reaches it
   */
  void intervals(
      Markup page,
      String title,
      String xTitle,
      int colour,
      Mark mark,
      List<MetricRow> rows,
      Function<String, String> name) {
    List<MetricRow> drawn = rows.stream().filter(row -> Double.isFinite(row.value())).toList();
    if (says(page, title, drawn.isEmpty())) {
      return;
    }
    int last = drawn.size() - 1;
    XYChart chart = lines(xTitle, drawn.stream().map(row -> name.apply(row.group())).toList());
    for (int i = 0; i <= last; i++) {
      MetricRow row = drawn.get(i);
      double y = last - i;
      if (row.hasInterval()) {
        XYSeries range =
            chart.addSeries(
                "range " + i, new double[] {row.low(), row.high()}, new double[] {y, y});
        range
            .setMarker(SeriesMarkers.NONE)
            .setLineColor(Drawing.series(colour))
            .setLineStyle(SOLID);
      }
      XYSeries dot = chart.addSeries("dot " + i, new double[] {row.value()}, new double[] {y});
      dot.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(Drawing.series(colour));
      dot.setLineColor(Drawing.series(colour));
    }
    DoubleStream values =
        drawn.stream().flatMapToDouble(row -> DoubleStream.of(row.value(), row.low(), row.high()));
    double[] ends =
        DoubleStream.concat(values, mark.at().stream().mapToDouble(at -> at))
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    double margin = 0.04 * Math.max(ends[ends.length - 1] - ends[0], 0.01);
    chart.getStyler().setXAxisMin(ends[0] - margin).setXAxisMax(ends[ends.length - 1] + margin);
    figure(page, title, chart, List.of(), mark);
  }

  /** Every so many of the names; between them blanks, which differ as categories must. */
  private static List<String> thinned(List<String> names) {
    int every = (names.size() + MOST_LABELS - 1) / MOST_LABELS;
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      labels.add(i % every == 0 ? names.get(i) : " ".repeat(i + 1));
    }
    return labels;
  }

  private static boolean says(Markup page, String title, boolean nothing) {
    if (nothing) {
      Section.note(page, "No data for: " + title + ".");
    }
    return nothing;
  }

  private static List<Curve> drawn(List<Curve> curves) {
    return curves.stream().filter(curve -> !curve.isEmpty()).toList();
  }

  private static double largest(Curve curve) {
    return DoubleStream.concat(
            curve.x().stream().mapToDouble(x -> x), curve.y().stream().mapToDouble(y -> y))
        .max()
        .orElse(1);
  }

  private static void addLines(XYChart chart, List<Curve> curves) {
    for (int i = 0; i < curves.size(); i++) {
      Curve curve = curves.get(i);
      XYSeries series = chart.addSeries("series " + i, curve.x(), curve.y());
      series.setMarkerColor(Drawing.series(curve.colour()));
      series.setLineColor(Drawing.series(curve.colour()));
      series.setLineStyle(curve.dashed() ? DASHED : SOLID);
      boolean few = curve.x().size() <= MOST_DOTS;
      series.setMarker(few ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }
  }

  /** Labels at whole numbers of a range, none elsewhere. */
  private static Function<Double, String> atWholeNumbers(
      int first, int last, IntFunction<String> label) {
    return value -> {
      long whole = Math.round(value);
      if (Math.abs(value - whole) < 1e-6 && whole >= first && whole <= last) {
        String text = label.apply((int) whole);
        if (!text.isEmpty()) {
          return text;
        }
      }
      // XChart draws fewer ticks when labels repeat: those left empty differ in length.
      return " ".repeat(1 + (int) Math.max(0, Math.round(8 * (value - first + 2))));
    };
  }

  private static String shorten(String name, int length) {
    return name.codePointCount(0, name.length()) <= length
        ? name
        : name.substring(0, name.offsetByCodePoints(0, length - 1)) + "…";
  }

  /** A chart whose vertical axis names lines, the first at the top. */
  private static XYChart lines(String xTitle, List<String> names) {
    XYChart chart = chart(xTitle, "", 62 + 28 * names.size());
    int last = names.size() - 1;
    chart.getStyler().setYAxisMin(-0.6).setYAxisMax(last + 0.6).setYAxisTitleVisible(false);
    chart.getStyler().setPlotGridHorizontalLinesVisible(false);
    chart.getStyler().setPlotGridVerticalLinesVisible(true).setYAxisTickMarkSpacingHint(14);
    chart
        .getStyler()
        .setyAxisTickLabelsFormattingFunction(
            atWholeNumbers(0, last, line -> shorten(names.get(last - line), 22)));
    return chart;
  }

  private static List<Curve> legend(List<Bars> series) {
    return series.stream().map(bars -> new Curve(bars.name(), bars.colour())).toList();
  }

  private static XYChart chart(String xTitle, String yTitle, int height) {
    XYChart chart = new XYChartBuilder().width(WIDTH).height(height).build();
    chart.setXAxisTitle(xTitle);
    chart.setYAxisTitle(yTitle);
    style(chart.getStyler());
    chart.getStyler().setxAxisTickLabelsFormattingFunction(Figures::tick);
    chart.getStyler().setXAxisTickMarkSpacingHint(WIDTH / MOST_LABELS);
    return chart;
  }

  private static void style(AxesChartStyler styler) {
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    styler.setLegendVisible(false).setChartTitleVisible(false).setChartPadding(4);
    styler.setChartBackgroundColor(Drawing.PAPER).setPlotBackgroundColor(Drawing.PAPER);
    styler.setPlotBorderVisible(false).setPlotBorderColor(Drawing.GRID);
    styler.setChartFontColor(Drawing.INK);
    styler.setAxisTickLabelsFont(font).setAxisTitleFont(font).setMarkerSize(6);
    styler.setAxisTickLabelsColor(Drawing.INK).setAxisTickMarksColor(Drawing.GRID);
    styler.setXAxisTitleColor(Drawing.INK).setYAxisTitleColor(Drawing.INK);
    styler.setPlotGridLinesColor(Drawing.GRID).setPlotGridVerticalLinesVisible(false);
    styler.setPlotGridLinesStroke(new BasicStroke(1f));
    styler.setAnnotationLineColor(Drawing.MARK).setAnnotationLineStroke(MARKED);
    styler.setAxisTickMarksStroke(new BasicStroke(1f)).setLocale(Locale.ROOT);
    styler.setyAxisTickLabelsFormattingFunction(Figures::tick);
  }

  private void figure(Markup page, String title, Chart<?, ?> chart, List<Curve> legend, Mark mark) {
    mark.at().forEach(at -> chart.addAnnotation(new AnnotationLine(at, true, false)));
    drawings++;
    String id = "plot-" + drawings;
    page.open("figure").element("figcaption", title);
    boolean several = legend.size() > 1;
    if (several || !mark.label().isEmpty()) {
      page.open("ul", "class", "legend");
      for (Curve curve : several ? legend : List.<Curve>of()) {
        String style = "--key:" + Drawing.seriesVariable(curve.colour());
        page.open("li");
        page.element("span", "", "class", curve.dashed() ? "key dash" : "key", "style", style);
        page.text(curve.name()).close();
      }
      if (!mark.label().isEmpty()) {
        page.open("li").element("span", "", "class", "key mark").text(mark.label()).close();
      }
      page.close();
    }
    page.trusted(Drawing.inline(chart, id, title, description(chart, legend, mark))).close();
  }

  private static String description(Chart<?, ?> chart, List<Curve> legend, Mark mark) {
    StringBuilder text = new StringBuilder(chart.getXAxisTitle());
    if (!chart.getYAxisTitle().isEmpty()) {
      text.append(" against ").append(chart.getYAxisTitle().toLowerCase(Locale.ROOT));
    }
    if (legend.size() > 1) {
      text.append(" for ").append(String.join(", ", legend.stream().map(Curve::name).toList()));
    }
    if (!mark.label().isEmpty()) {
      text.append("; dashed: ").append(mark.label());
    }
    return text.append(". The figures are in a table of this section.").toString();
  }
}
