package io.taskweave.cli.configuration;

import java.util.List;

/**
 * What is measured.
 *
 * @param splits that are scored and measured
 * @param gaucWeightings {@code samples}, {@code positives}, {@code none}
 * @param calibrationBins bins of equal counts
 * @param replicates of the bootstrap over users; 0 for no intervals
 */
public record EvaluationConfiguration(
    List<String> splits, List<String> gaucWeightings, int calibrationBins, int replicates) {
  static final String SPLITS = "splits";
  static final List<String> SPLITS_DEFAULT = List.of("valid", "test");
  static final String GAUC_WEIGHTINGS = "gauc-weightings";
  static final List<String> GAUC_WEIGHTINGS_DEFAULT = List.of("samples", "positives", "none");
  static final String CALIBRATION_BINS = "calibration-bins";
  static final int CALIBRATION_BINS_DEFAULT = 10;
  static final String BOOTSTRAP = "bootstrap";
  static final String REPLICATES = "replicates";
  static final int REPLICATES_DEFAULT = 200;

  static EvaluationConfiguration read(Section section) {
    int replicates;
    try (Section bootstrap = section.section(BOOTSTRAP)) {
      replicates = bootstrap.integer(REPLICATES, REPLICATES_DEFAULT, 0);
    }
    return new EvaluationConfiguration(
        subset(section, SPLITS, SPLITS_DEFAULT, List.of("train", "valid", "test")),
        subset(section, GAUC_WEIGHTINGS, GAUC_WEIGHTINGS_DEFAULT, GAUC_WEIGHTINGS_DEFAULT),
        section.integer(CALIBRATION_BINS, CALIBRATION_BINS_DEFAULT, 1),
        replicates);
  }

  private static List<String> subset(
      Section section, String key, List<String> defaultValue, List<String> known) {
    List<String> values = section.texts(key, defaultValue);
    if (!known.containsAll(values)) {
      section.problem(key, "must be of " + String.join(", ", known) + " (" + values + ")");
      return defaultValue;
    }
    return values;
  }
}
