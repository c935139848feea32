package io.taskweave.pipeline.validate;

import io.taskweave.core.error.ConfigurationException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a column of a log is for: the custom property {@code role} of a contract. */
enum ColumnRole {
  USER,
  ITEM,
  /** Event time in epoch milliseconds. */
  TIME,
  /** Feedback, 0 or 1, null where it was not observed. */
  LABEL,
  /** Known only after the impression, such as the time watched; like a label no feature. */
  OUTCOME,
  WEIGHT,
  FEATURE;

  static ColumnRole of(String text) {
    for (ColumnRole role : values()) {
      if (role.text().equals(text)) {
        return role;
      }
    }
    List<String> known = Arrays.stream(values()).map(ColumnRole::text).toList();
    throw new ConfigurationException(
        "Cannot use the contract: unknown role ("
            + text
            + "), choose one of "
            + String.join(", ", known));
  }

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a feature with this role would tell the label. */
  boolean tellsTheLabel() {
    return this == LABEL || this == OUTCOME;
  }
}
