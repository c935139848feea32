package io.taskweave.pipeline.importing;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/** Which rows of a log count as one. */
public sealed interface DuplicateRule extends Serializable {
  /** Every row stays. */
  record KeepAll() implements DuplicateRule {}

  /** Of rows that agree in every raw column, one stays. */
  record ExactRows() implements DuplicateRule {}

  /**
   * Of rows with the same key one stays; exact duplicates go first.
   *
   * @param columns the key
   * @param survivor which one stays
   * @param column the column that decides for {@code MAXIMUM} and {@code MINIMUM}; else ""
   */
  record ByKey(List<String> columns, Survivor survivor, String column) implements DuplicateRule {
    public ByKey {
      columns = List.copyOf(columns);
      Objects.requireNonNull(survivor, "survivor");
      Objects.requireNonNull(column, "column");
    }
  }

  /** Which of several rows stays; ties go to the lower hash of the row's content. */
  enum Survivor {
    FIRST_TIME,
    LAST_TIME,
    MAXIMUM,
    MINIMUM
  }
}
