package io.taskweave.pipeline.validate;

import java.io.Serializable;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;

/**
 * How a log is checked.
 *
 * @param contract path of the contract, Open Data Contract Standard v3 in YAML
 * @param mode what a failed check leads to
 * @param maximumRowCountChange largest accepted change of the rows a day against the day before, as
 *     a share; 0 turns the check off
 * @param dayTolerance how far outside its day an event may lie
 * @param zone where days begin
 * @param offendersNamed how many offending rows a failed check names
 * @param labelColumns labels of the tasks that will be trained; at least one row of each must be 1
 * @param featureColumns columns that will be features; none may tell a label
 */
public record ValidationPlan(
    String contract,
    Mode mode,
    double maximumRowCountChange,
    Duration dayTolerance,
    ZoneId zone,
    int offendersNamed,
    List<String> labelColumns,
    List<String> featureColumns)
    implements Serializable {
  public static final Duration DEFAULT_DAY_TOLERANCE = Duration.ofHours(3);

  /** What a failed check leads to. */
  public enum Mode {
    /** The findings are published, and the run ends with exit code 3. */
    FAIL,
    /** The report says so, and all rows are used. */
    WARN,
    /**
     * Offending rows are listed apart and left out from here on. What no row alone is to blame for,
     * such as an absent column, ends the run as {@code FAIL} does.
     */
    QUARANTINE
  }

  public ValidationPlan {
    Objects.requireNonNull(contract, "contract");
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(dayTolerance, "dayTolerance");
    Objects.requireNonNull(zone, "zone");
    labelColumns = List.copyOf(labelColumns);
    featureColumns = List.copyOf(featureColumns);
  }
}
