package io.taskweave.pipeline.analyse;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.history.HistoryPlan;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;

/**
 * Which semantic-temporal correlations are measured.
 *
 * @param histories of the samples
 * @param sequence name of the sequence
 * @param attribute its attribute, which the target has too
 * @param task whose label counts
 * @param targets values of the target; the most frequent ones if empty
 * @param targetCount how many of those
 * @param behaviours values of the events; the most frequent ones before each target if empty
 * @param behaviourCount how many of those
 * @param positions events from the last one back; 0 if intervals are counted
 * @param intervals ascending ends of the time from an event to the sample; bucket k holds those
 *     from the end before up to and without end k
 * @param replicates of the bootstrap
 */
public record CorrelationPlan(
    HistoryPlan histories,
    String sequence,
    String attribute,
    String task,
    List<String> targets,
    int targetCount,
    List<String> behaviours,
    int behaviourCount,
    int positions,
    List<Duration> intervals,
    int replicates,
    long seed)
    implements Serializable {
  public CorrelationPlan {
    targets = List.copyOf(targets);
    behaviours = List.copyOf(behaviours);
    intervals = List.copyOf(intervals);
    verify(targetCount >= 1 && behaviourCount >= 1, "counts must be positive", targetCount);
    verify(
        (positions > 0) == intervals.isEmpty() && positions >= 0,
        "either positions or intervals are counted",
        positions);
    for (int i = 1; i < intervals.size(); i++) {
      verify(
          intervals.get(i - 1).compareTo(intervals.get(i)) < 0, "intervals must ascend", intervals);
    }
    verify(
        intervals.isEmpty() || !(intervals.get(0).isNegative() || intervals.get(0).isZero()),
        "intervals must be positive",
        intervals);
  }

  /** Columns of a matrix. */
  public int columns() {
    return positions > 0 ? positions : intervals.size();
  }

  private static void verify(boolean holds, String problem, Object value) {
    if (!holds) {
      throw new ConfigurationException(
          String.format("Cannot plan correlations: %s (%s), change it", problem, value));
    }
  }
}
