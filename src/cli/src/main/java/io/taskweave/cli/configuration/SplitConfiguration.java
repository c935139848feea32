package io.taskweave.cli.configuration;

import java.util.List;

/**
 * Which rows train, validate and test.
 *
 * @param rule {@code date}, {@code time}, {@code random}, {@code user} or {@code last-out}
 * @param column of the date rule
 * @param validFrom first date (or epoch millisecond) of validation
 * @param testFrom first date (or epoch millisecond) of test
 * @param validShare of rows or users, for {@code random} and {@code user}
 */
public record SplitConfiguration(
    String rule,
    String column,
    String validFrom,
    String testFrom,
    double validShare,
    double testShare) {
  static final String RULE = "rule";
  static final String RULE_DEFAULT = "random";
  static final List<String> RULES = List.of("date", "time", "random", "user", "last-out");
  static final String COLUMN = "column";
  static final String COLUMN_DEFAULT = "dt";
  static final String VALID_FROM = "valid-from";
  static final String TEST_FROM = "test-from";
  static final String VALID_SHARE = "valid-share";
  static final String TEST_SHARE = "test-share";
  static final double SHARE_DEFAULT = 0.1;

  static SplitConfiguration read(Section section) {
    String rule = section.choice(RULE, RULE_DEFAULT, RULES);
    boolean ordered = rule.equals("date") || rule.equals("time");
    SplitConfiguration split =
        new SplitConfiguration(
            rule,
            section.text(COLUMN, COLUMN_DEFAULT),
            ordered
                ? section.requiredText(VALID_FROM, "where validation begins")
                : section.text(VALID_FROM, ""),
            ordered
                ? section.requiredText(TEST_FROM, "where test begins")
                : section.text(TEST_FROM, ""),
            section.decimal(VALID_SHARE, SHARE_DEFAULT, 0, 1),
            section.decimal(TEST_SHARE, SHARE_DEFAULT, 0, 1));
    if (rule.equals("date") && split.validFrom.compareTo(split.testFrom) > 0) {
      section.problem(
          VALID_FROM,
          "must not be after test-from (" + split.validFrom + " > " + split.testFrom + ")");
    }
    if (rule.equals("time")) {
      for (String key : List.of(VALID_FROM, TEST_FROM)) {
        String value = section.text(key, "");
        if (!value.matches("-?[0-9]{1,18}")) {
          section.problem(key, "must be epoch milliseconds (" + value + ")");
        }
      }
    }
    if (List.of("random", "user").contains(rule) && split.validShare + split.testShare >= 1) {
      section.problem(VALID_SHARE, "and test-share leave nothing to train on");
    }
    return split;
  }
}
