package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** How a figure moves over time. */
final class Drift {
  private Drift() {}

  /**
   * First, last, smallest and largest value, and the slope of the line of least squares.
   *
   * @param minutes of each value
   */
  static void describe(List<Double> minutes, List<Double> values, ObjectNode result) {
    double middle = mean(minutes);
    double level = mean(values);
    double products = 0;
    double squares = 0;
    for (int i = 0; i < values.size(); i++) {
      products += (minutes.get(i) - middle) * (values.get(i) - level);
      squares += (minutes.get(i) - middle) * (minutes.get(i) - middle);
    }
    double slope = squares > 0 ? products / squares : 0;
    double hours = (minutes.get(minutes.size() - 1) - minutes.get(0)) / 60;
    result.put("first", values.get(0));
    result.put("last", values.get(values.size() - 1));
    result.put("lowest", values.stream().mapToDouble(Double::doubleValue).min().orElse(0));
    result.put("highest", values.stream().mapToDouble(Double::doubleValue).max().orElse(0));
    result.put("slope_per_hour", 60 * slope);
    result.put("drift_over_mean", level > 0 ? 60 * slope * hours / level : 0);
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
  }
}
