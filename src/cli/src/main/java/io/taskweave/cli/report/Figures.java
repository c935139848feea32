package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
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

  /** A count that is negative where it is not known. */
  static String known(long value) {
    return value < 0 ? NONE : count(value);
  }

  /** As many digits as it takes, without an exponent. */
  static String digits(double value) {
    return Double.isFinite(value)
        ? BigDecimal.valueOf(value).stripTrailingZeros().toPlainString()
        : NONE;
  }

  /** Four decimals. */
  static String score(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : NONE;
  }

  static String share(long part, long whole) {
    return percent(whole == 0 ? Double.NaN : (double) part / whole);
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

  /** Two decimals, for a number that is read as so many times. */
  static String times(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2f", value) : NONE;
  }

  /** With a sign. */
  static String difference(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%+.4f", value) : NONE;
  }

  /** An axis label: whole thousands and millions are shortened, and no digit stands in vain. */
  static String tick(double value) {
    double size = Math.abs(value);
    if (size >= 1e6) {
      return decimals(value / 1e6) + "M";
    }
    return size >= 1e3 ? decimals(value / 1e3) + "k" : decimals(value);
  }

  private static String decimals(double value) {
    BigDecimal rounded = BigDecimal.valueOf(value).setScale(4, RoundingMode.HALF_EVEN);
    String text = rounded.stripTrailingZeros().toPlainString();
    // Below the last decimal a label would be a false zero.
    return text.equals("0") && value != 0 ? String.format(Locale.ROOT, "%.1e", value) : text;
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
