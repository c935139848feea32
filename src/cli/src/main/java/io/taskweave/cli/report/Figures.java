package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How the report writes numbers. A value that is missing or not finite is a dash. */
final class Figures {
  static final String NONE = "–";

  private Figures() {}

  static String count(JsonNode value) {
    return value.isNumber() ? count(value.asLong()) : NONE;
  }

  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** Four decimals. */
  static String score(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : NONE;
  }

  static String percent(JsonNode value) {
    return value.isNumber() ? percent(value.asDouble()) : NONE;
  }

  static String percent(double share) {
    return Double.isFinite(share) ? String.format(Locale.ROOT, "%.2f %%", 100 * share) : NONE;
  }

  static String interval(double low, double high) {
    return Double.isFinite(low) && Double.isFinite(high)
        ? String.format(Locale.ROOT, "%.4f to %.4f", low, high)
        : NONE;
  }

  static String seconds(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%,.1f s", value) : NONE;
  }

  /** A number, or NaN for what is missing, null or a text. */
  static double number(JsonNode value) {
    return value.isNumber() ? value.asDouble() : Double.NaN;
  }

  /** A scalar as it stands. */
  static String plain(JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return NONE;
    }
    if (value.isFloatingPointNumber()) {
      return Double.toString(value.asDouble());
    }
    return value.isValueNode() ? value.asText() : value.toString();
  }

  static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
