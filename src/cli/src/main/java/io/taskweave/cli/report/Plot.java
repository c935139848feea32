package io.taskweave.cli.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws charts as inline SVG. XChart knows colours, not style sheets: it draws with colours that
 * stand for variables, and these are put in afterwards, so that one drawing serves light and dark.
 */
final class Plot {
  private static final int WIDTH = 520;
  private static final int HEIGHT = 290;
  private static final int SERIES_COLOURS = 8;
  private static final Color INK = new Color(1, 2, 250);
  private static final Color GRID = new Color(1, 2, 251);
  private static final Color PAPER = new Color(1, 2, 252);
  private static final Pattern CLIP_ID = Pattern.compile("clip\\d+");
  private static final Pattern DECIMALS = Pattern.compile("(-?\\d+\\.\\d)\\d+(?:[eE]-?\\d+)?");
  private static final Pattern VARIABLE = Pattern.compile("rgb\\(1,2,(\\d+)\\)");

  private int drawings;

  /** Lines with a dot at every point when there are few. */
  void lines(Markup page, String title, String xTitle, String yTitle, List<Curve> curves) {
    draw(page, title, xTitle, yTitle, curves, Form.LINES);
  }

  /** Lines over a logarithmic pair of axes; points that are not positive are left out. */
  void logLines(Markup page, String title, String xTitle, String yTitle, List<Curve> curves) {
    List<Curve> positive = new ArrayList<>();
    for (Curve curve : curves) {
      Curve kept = new Curve(curve.name());
      for (int i = 0; i < curve.x().size(); i++) {
        if (curve.x().get(i) > 0 && curve.y().get(i) > 0) {
          kept.add(curve.x().get(i), curve.y().get(i));
        }
      }
      positive.add(kept);
    }
    draw(page, title, xTitle, yTitle, positive, Form.LOG);
  }

  /** Predicted against actual with the diagonal of perfect calibration. */
  void diagonal(Markup page, String title, String xTitle, String yTitle, List<Curve> curves) {
    draw(page, title, xTitle, yTitle, curves, Form.DIAGONAL);
  }

  private enum Form {
    LINES,
    LOG,
    DIAGONAL
  }

  private void draw(
      Markup page, String title, String xTitle, String yTitle, List<Curve> curves, Form form) {
    List<Curve> drawn = curves.stream().filter(curve -> !curve.x().isEmpty()).toList();
    if (drawn.isEmpty()) {
      Section.note(page, "No data for: " + title + ".");
      return;
    }
    XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).build();
    chart.setXAxisTitle(xTitle);
    chart.setYAxisTitle(yTitle);
    style(chart.getStyler());
    chart.getStyler().setXAxisLogarithmic(form == Form.LOG).setYAxisLogarithmic(form == Form.LOG);
    if (form == Form.DIAGONAL) {
      double limit = drawn.stream().mapToDouble(Plot::largest).max().orElse(1);
      XYSeries perfect =
          chart.addSeries("perfect", new double[] {0, limit}, new double[] {0, limit});
      perfect.setMarker(SeriesMarkers.NONE).setLineColor(GRID).setLineStyle(new BasicStroke(1.5f));
    }
    int number = 0;
    for (Curve curve : drawn) {
      XYSeries series = chart.addSeries("series " + number, curve.x(), curve.y());
      series.setMarkerColor(series(number)).setLineColor(series(number));
      series.setLineStyle(new BasicStroke(2f));
      series.setMarker(curve.x().size() <= 40 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
      number++;
    }
    figure(page, title, chart, drawn.stream().map(Curve::name).toList());
  }

  private static double largest(Curve curve) {
    double largest = 0;
    for (int i = 0; i < curve.x().size(); i++) {
      largest = Math.max(largest, Math.max(curve.x().get(i), curve.y().get(i)));
    }
    return largest;
  }

  /** Bars by category; every series has a value for every category. */
  void bars(
      Markup page,
      String title,
      String xTitle,
      String yTitle,
      List<String> categories,
      Map<String, List<Double>> series,
      boolean stacked) {
    if (categories.isEmpty() || series.isEmpty()) {
      Section.note(page, "No data for: " + title + ".");
      return;
    }
    CategoryChart chart = new CategoryChartBuilder().width(WIDTH).height(HEIGHT).build();
    chart.setXAxisTitle(xTitle);
    chart.setYAxisTitle(yTitle);
    style(chart.getStyler());
    chart.getStyler().setStacked(stacked).setAvailableSpaceFill(0.85);
    chart.getStyler().setXAxisMaxLabelCount(8).setYAxisMin(0.0);
    int number = 0;
    for (List<Double> values : series.values()) {
      List<Double> finite = values.stream().map(v -> Double.isFinite(v) ? v : 0.0).toList();
      chart.addSeries("series " + number, categories, finite).setFillColor(series(number));
      number++;
    }
    figure(page, title, chart, List.copyOf(series.keySet()));
  }

  /** A value with its interval, one a line, from the first at the top. */
  void intervals(Markup page, String title, String xTitle, List<MetricRow> rows) {
    List<MetricRow> drawn = rows.stream().filter(row -> Double.isFinite(row.value())).toList();
    if (drawn.isEmpty()) {
      Section.note(page, "No data for: " + title + ".");
      return;
    }
    int height = 80 + 34 * drawn.size();
    XYChart chart = new XYChartBuilder().width(WIDTH).height(height).build();
    chart.setXAxisTitle(xTitle);
    style(chart.getStyler());
    int last = drawn.size() - 1;
    chart.getStyler().setYAxisMin(-0.7).setYAxisMax(last + 0.7);
    chart.getStyler().setPlotGridHorizontalLinesVisible(false);
    chart.getStyler().setYAxisTickMarkSpacingHint(16);
    chart
        .getStyler()
        .setyAxisTickLabelsFormattingFunction(
            value -> {
              long line = Math.round(value);
              boolean labelled = Math.abs(value - line) < 1e-6 && line >= 0 && line <= last;
              // XChart draws fewer ticks when labels repeat: those left empty differ in length.
              return labelled
                  ? shorten(drawn.get((int) (last - line)).group())
                  : " ".repeat(1 + (int) Math.round(4 * (value + 1)));
            });
    for (int i = 0; i <= last; i++) {
      MetricRow row = drawn.get(i);
      double y = last - i;
      if (row.hasInterval()) {
        XYSeries range =
            chart.addSeries(
                "range " + i, new double[] {row.low(), row.high()}, new double[] {y, y});
        range.setMarker(SeriesMarkers.NONE).setLineColor(series(0));
        range.setLineStyle(new BasicStroke(2f));
      }
      XYSeries dot = chart.addSeries("dot " + i, new double[] {row.value()}, new double[] {y});
      dot.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(series(0)).setLineColor(series(0));
    }
    figure(page, title, chart, List.of());
  }

  private static String shorten(String name) {
    return name.codePointCount(0, name.length()) <= 26
        ? name
        : name.substring(0, name.offsetByCodePoints(0, 25)) + "…";
  }

  private static Color series(int number) {
    return new Color(1, 2, number % SERIES_COLOURS);
  }

  private static void style(AxesChartStyler styler) {
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    styler.setLegendVisible(false).setChartTitleVisible(false).setChartPadding(4);
    styler.setChartBackgroundColor(PAPER).setPlotBackgroundColor(PAPER);
    styler.setPlotBorderVisible(false).setPlotBorderColor(GRID).setChartFontColor(INK);
    styler.setAxisTickLabelsFont(font).setAxisTitleFont(font).setMarkerSize(7);
    styler.setAxisTickLabelsColor(INK).setAxisTickMarksColor(GRID);
    styler.setXAxisTitleColor(INK).setYAxisTitleColor(INK);
    styler.setPlotGridLinesColor(GRID).setPlotGridVerticalLinesVisible(false);
    styler.setPlotGridLinesStroke(new BasicStroke(1f));
    styler.setAxisTickMarksStroke(new BasicStroke(1f)).setLocale(Locale.ROOT);
  }

  private void figure(Markup page, String title, Chart<?, ?> chart, List<String> legend) {
    drawings++;
    String id = "plot-" + drawings;
    page.open("figure").element("figcaption", title);
    if (legend.size() > 1) {
      page.open("ul", "class", "legend");
      for (int i = 0; i < legend.size(); i++) {
        page.open("li").element("span", "", "class", "key", "style", "--key:" + variable(i));
        page.text(legend.get(i)).close();
      }
      page.close();
    }
    String description =
        title
            + (legend.isEmpty() ? "" : ": " + String.join(", ", legend))
            + ". Figures: see table.";
    page.trusted(inline(svg(chart), id, title, description)).close();
  }

  private static String svg(Chart<?, ?> chart) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      VectorGraphicsEncoder.saveVectorGraphic(chart, out, VectorGraphicsFormat.SVG);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /** A drawing that takes the width of its place, with ids of its own and the page's colours. */
  private static String inline(String svg, String id, String title, String description) {
    String body = svg.substring(svg.indexOf('>', svg.indexOf("<svg")) + 1);
    String viewBox = svg.replaceFirst("(?s).*?viewBox=\"([^\"]*)\".*", "$1");
    Map<String, String> clips = new LinkedHashMap<>();
    Matcher matcher = CLIP_ID.matcher(body);
    body =
        matcher.replaceAll(
            found ->
                clips.computeIfAbsent(found.group(), any -> id + "-clip-" + (clips.size() + 1)));
    body = DECIMALS.matcher(body).replaceAll("$1");
    body = VARIABLE.matcher(body).replaceAll(found -> variable(Integer.parseInt(found.group(1))));
    body = body.replaceAll(">\\s+<", "><");
    String head =
        String.format(
            "<svg viewBox=\"%s\" role=\"img\" aria-labelledby=\"%s-title %s-desc\">"
                + "<title id=\"%s-title\">%s</title><desc id=\"%s-desc\">%s</desc>",
            Markup.escape(viewBox),
            id,
            id,
            id,
            Markup.escape(title),
            id,
            Markup.escape(description));
    return head + body;
  }

  private static String variable(int colour) {
    return switch (colour) {
      case 250 -> "var(--muted)";
      case 251 -> "var(--grid)";
      case 252 -> "none";
      default -> "var(--series-" + (colour % SERIES_COLOURS + 1) + ")";
    };
  }
}
