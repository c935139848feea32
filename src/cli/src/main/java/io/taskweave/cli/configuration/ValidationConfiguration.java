package io.taskweave.cli.configuration;

import io.taskweave.pipeline.audit.AuditPlan;
import io.taskweave.pipeline.validate.ValidationPlan;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the log and the samples must fulfil.
 *
 * @param contract file in the Open Data Contract Standard; absent: no check of the log
 * @param mode {@code fail}, {@code warn} or {@code quarantine}
 * @param maxRowCountChange largest change of the rows of a day against the day before, as a share
 *     of those; 0 turns the check off
 * @param dayTolerance how far outside its day an event may lie
 * @param offendersNamed offending rows that a finding names
 * @param audit of the samples
 */
public record ValidationConfiguration(
    Optional<String> contract,
    String mode,
    double maxRowCountChange,
    Duration dayTolerance,
    int offendersNamed,
    Audit audit) {
  static final String CONTRACT = "contract";
  static final String MODE = "mode";
  static final String MODE_DEFAULT = "fail";
  static final List<String> MODES = List.of("fail", "warn", "quarantine");
  static final String MAX_ROW_COUNT_CHANGE = "max-row-count-change";
  static final double MAX_ROW_COUNT_CHANGE_DEFAULT = 0;
  static final String DAY_TOLERANCE = "day-tolerance";
  static final Duration DAY_TOLERANCE_DEFAULT = ValidationPlan.DEFAULT_DAY_TOLERANCE;
  static final String OFFENDERS_NAMED = "offenders-named";
  static final int OFFENDERS_NAMED_DEFAULT = 10;
  static final String AUDIT = "audit";

  /**
   * When the audit of the samples reports.
   *
   * @param rateDifference of missing or unknown values between labels or splits, as a share of rows
   * @param zScore standard errors that the difference must exceed too
   * @param identicalShare events of a part that may be in training too, as a share of the part
   */
  public record Audit(double rateDifference, double zScore, double identicalShare) {
    static final String RATE_DIFFERENCE = "rate-difference";
    static final String Z_SCORE = "z-score";
    static final String IDENTICAL_SHARE = "identical-share";
    private static final double LEAST = 1e-9;

    static Audit read(Section section) {
      return new Audit(
          section.decimal(RATE_DIFFERENCE, AuditPlan.DEFAULT_RATE_DIFFERENCE, LEAST, 1),
          section.decimal(Z_SCORE, AuditPlan.DEFAULT_Z_SCORE, LEAST, Double.MAX_VALUE),
          section.decimal(IDENTICAL_SHARE, AuditPlan.DEFAULT_IDENTICAL_SHARE, 0, 1));
    }
  }

  static ValidationConfiguration read(Section section) {
    Audit audit;
    try (Section inner = section.section(AUDIT)) {
      audit = Audit.read(inner);
    }
    return new ValidationConfiguration(
        section.optionalText(CONTRACT).map(file -> ConfigurationLoader.locate(file).toString()),
        section.choice(MODE, MODE_DEFAULT, MODES),
        section.decimal(MAX_ROW_COUNT_CHANGE, MAX_ROW_COUNT_CHANGE_DEFAULT, 0, Double.MAX_VALUE),
        section.duration(DAY_TOLERANCE, DAY_TOLERANCE_DEFAULT),
        section.integer(OFFENDERS_NAMED, OFFENDERS_NAMED_DEFAULT, 1),
        audit);
  }
}
