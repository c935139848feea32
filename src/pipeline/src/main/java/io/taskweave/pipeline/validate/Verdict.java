package io.taskweave.pipeline.validate;

import io.taskweave.core.error.InputRejectedException;
import java.util.Locale;

/** What became of checked data: the {@code status} of published findings. */
public enum Verdict {
  /** Nothing was found. */
  PASSED,
  /** Something was found, and everything is used. */
  WARNED,
  /** Something was found, and the rows to blame are left out. */
  QUARANTINED,
  /** Something was found, and nothing may be made of the data. */
  REFUSED;

  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws InputRejectedException if it is no verdict, as in findings of an older format
   */
  static Verdict of(String text) {
    for (Verdict verdict : values()) {
      if (verdict.text().equals(text)) {
        return verdict;
      }
    }
    throw new InputRejectedException(
        "Cannot read the findings about the log: unknown status ("
            + text
            + "), run validate with --force");
  }
}
