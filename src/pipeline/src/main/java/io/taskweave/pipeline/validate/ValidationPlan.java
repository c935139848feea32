package io.taskweave.pipeline.validate;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * How a log is checked.
 *
 * @param contract path of the contract, Open Data Contract Standard v3 in YAML
 * @param mode what a failed check leads to
 * @param maximumRowCountChange largest accepted change of the rows a day against the day before, as
 *     a share; 0 turns the check off
 * @param offendersNamed how many offending rows a failed check names
 * @param labelColumns labels of the tasks that will be trained; at least one row of each must be 1
 * @param featureColumns columns that will be features; none may be a label
 */
public record ValidationPlan(
    String contract,
    Mode mode,
    double maximumRowCountChange,
    int offendersNamed,
    List<String> labelColumns,
    List<String> featureColumns)
    implements Serializable {
  /** What a failed check leads to. */
  public enum Mode {
    /** The run ends with exit code 3. */
    FAIL,
    /** The report says so, and all rows are used. */
    WARN,
    /** Offending rows are listed apart and left out from here on. */
    QUARANTINE
  }

  public ValidationPlan {
    Objects.requireNonNull(contract, "contract");
    Objects.requireNonNull(mode, "mode");
    labelColumns = List.copyOf(labelColumns);
    featureColumns = List.copyOf(featureColumns);
  }
}
