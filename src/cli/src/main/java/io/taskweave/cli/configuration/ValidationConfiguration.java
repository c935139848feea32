package io.taskweave.cli.configuration;

import java.util.List;
import java.util.Optional;

/**
 * What the log must fulfil.
 *
 * @param contract file in the Open Data Contract Standard; absent: no check
 * @param mode {@code fail}, {@code warn} or {@code quarantine}
 * @param maxRowCountChange largest relative change of the row count against the previous interval
 */
public record ValidationConfiguration(
    Optional<String> contract, String mode, double maxRowCountChange) {
  static final String CONTRACT = "contract";
  static final String MODE = "mode";
  static final String MODE_DEFAULT = "fail";
  static final List<String> MODES = List.of("fail", "warn", "quarantine");
  static final String MAX_ROW_COUNT_CHANGE = "max-row-count-change";
  static final double MAX_ROW_COUNT_CHANGE_DEFAULT = 0.9;

  static ValidationConfiguration read(Section section) {
    return new ValidationConfiguration(
        section.optionalText(CONTRACT).map(file -> ConfigurationLoader.locate(file).toString()),
        section.choice(MODE, MODE_DEFAULT, MODES),
        section.decimal(MAX_ROW_COUNT_CHANGE, MAX_ROW_COUNT_CHANGE_DEFAULT, 0, Double.MAX_VALUE));
  }
}
