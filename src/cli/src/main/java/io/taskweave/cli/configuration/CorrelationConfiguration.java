package io.taskweave.cli.configuration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which semantic-temporal correlations are measured.
 *
 * @param sequence the first one if empty
 * @param attribute the first one that the target has too, if empty
 * @param task the first one if empty
 * @param targets values; the most frequent ones if empty
 * @param behaviours values; the most frequent ones before each target if empty
 * @param positions 0 if intervals are counted
 * @param intervals ascending ends
 * @param replicates of the bootstrap
 */
public record CorrelationConfiguration(
    Optional<String> sequence,
    Optional<String> attribute,
    Optional<String> task,
    List<String> targets,
    int targetCount,
    List<String> behaviours,
    int behaviourCount,
    int positions,
    List<Duration> intervals,
    int replicates) {
  static final String SEQUENCE = "sequence";
  static final String ATTRIBUTE = "attribute";
  static final String TASK = "task";
  static final String TARGETS = "targets";
  static final String TARGET_COUNT = "target-count";
  static final String BEHAVIOURS = "behaviours";
  static final String BEHAVIOUR_COUNT = "behaviour-count";
  static final int COUNT_DEFAULT = 10;
  static final String POSITIONS = "positions";
  static final int POSITIONS_DEFAULT = 10;
  static final String INTERVALS = "intervals";
  static final String REPLICATES = "replicates";
  static final int REPLICATES_DEFAULT = 200;

  static CorrelationConfiguration read(Section section) {
    List<Duration> intervals = new ArrayList<>(section.durations(INTERVALS));
    for (int i = 0; i < intervals.size(); i++) {
      Duration before = i == 0 ? Duration.ZERO : intervals.get(i - 1);
      if (intervals.get(i).compareTo(before) <= 0) {
        section.problem(INTERVALS, "must be positive and ascend (" + intervals + ")");
        intervals.clear();
      }
    }
    int positions = section.integer(POSITIONS, POSITIONS_DEFAULT, 1);
    return new CorrelationConfiguration(
        section.optionalText(SEQUENCE),
        section.optionalText(ATTRIBUTE),
        section.optionalText(TASK),
        section.texts(TARGETS, List.of()),
        section.integer(TARGET_COUNT, COUNT_DEFAULT, 1),
        section.texts(BEHAVIOURS, List.of()),
        section.integer(BEHAVIOUR_COUNT, COUNT_DEFAULT, 1),
        intervals.isEmpty() ? positions : 0,
        intervals,
        section.integer(REPLICATES, REPLICATES_DEFAULT, 2));
  }
}
