package io.taskweave.core.model;

import io.taskweave.core.error.ConfigurationException;
import java.util.List;

/** Refuses sizes that no model can have, before an array is made of them. */
final class ShapeCheck {
  private ShapeCheck() {}

  static void positive(String name, int value) {
    if (value < 1) {
      throw refused(name, value, "a positive number");
    }
  }

  /** A copy of at least one width. */
  static List<Integer> widths(String name, List<Integer> values) {
    if (values.isEmpty()) {
      throw refused(name, values, "at least one width");
    }
    return anyWidths(name, values);
  }

  /** A copy of any number of widths, none included. */
  static List<Integer> anyWidths(String name, List<Integer> values) {
    for (int value : values) {
      positive(name, value);
    }
    return List.copyOf(values);
  }

  static void dropout(double value) {
    if (!(value >= 0 && value < 1)) {
      throw refused("dropout", value, "a probability in [0, 1)");
    }
  }

  static ConfigurationException refused(String name, Object value, String wanted) {
    return new ConfigurationException(
        "Cannot build a model: " + name + " is out of range (" + value + "), give " + wanted);
  }
}
