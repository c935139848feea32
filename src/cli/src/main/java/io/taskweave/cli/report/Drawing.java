package io.taskweave.cli.report;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * A chart as inline SVG. XChart knows colours, not style sheets: it draws with colours that stand
 * for variables, and these are put in afterwards, so that one drawing serves light and dark.
 */
final class Drawing {
  static final int SERIES_COLOURS = 8;
  static final Color INK = new Color(1, 2, 250);
  static final Color GRID = new Color(1, 2, 251);
  static final Color PAPER = new Color(1, 2, 252);
  static final Color MARK = new Color(1, 2, 253);

  private static final Pattern CLIP_ID = Pattern.compile("clip\\d+");

  /** Of places; opacities need their decimals. */
  private static final Pattern DECIMALS =
      Pattern.compile("(?<!opacity:)(-?\\d+\\.\\d)\\d+(?:[eE]-?\\d+)?");

  private static final Pattern VARIABLE = Pattern.compile("rgb\\(1,2,(\\d+)\\)");

  private Drawing() {}

  static Color series(int number) {
    return new Color(1, 2, number % SERIES_COLOURS);
  }

  /**
   * A series colour over the paper.
   *
   * @param strength in [0, 1]
   */
  static Color series(int number, double strength) {
    return new Color(1, 2, number % SERIES_COLOURS, (int) Math.round(255 * strength));
  }

  /** The style sheet's value of a series colour. */
  static String seriesVariable(int number) {
    return "var(--series-" + (number % SERIES_COLOURS + 1) + ")";
  }

  /** A drawing that takes the width of its place, with ids of its own and the page's colours. */
  static String inline(Chart<?, ?> chart, String id, String title, String description) {
    String svg = svg(chart);
    String body = svg.substring(svg.indexOf('>', svg.indexOf("<svg")) + 1);
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
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-title %s-desc\">"
                + "<title id=\"%s-title\">%s</title><desc id=\"%s-desc\">%s</desc>",
            chart.getWidth(),
            chart.getHeight(),
            id,
            id,
            id,
            Markup.escape(title),
            id,
            Markup.escape(description));
    return head + body;
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

  private static String variable(int colour) {
    return switch (colour) {
      case 250 -> "var(--muted)";
      case 251 -> "var(--grid)";
      case 252 -> "none";
      case 253 -> "var(--ink)";
      default -> seriesVariable(colour);
    };
  }
}
