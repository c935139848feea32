package io.taskweave.core.sequence;

import io.taskweave.core.error.ConfigurationException;
import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Temporal encoding of events and target (TTE of Zhou et al., WWW 2024): one row of a table, added
 * to the vector of what happened. Row 0 is the target's.
 *
 * @param kind what decides an event's row
 * @param positions for {@link TemporalKind#POSITION}: rows of events; positions beyond them share
 *     the last row. A sequence takes no more than its maximum length
 * @param edgesMillis for {@link TemporalKind#INTERVAL}: ascending edges of the buckets in
 *     milliseconds; an interval lies in row 1 + number of edges that are not above it
 * @param deviation standard deviation of the initial rows; a tenth of that of the tables makes what
 *     is learnt about time easier to read
 */
public record TemporalSpec(
    TemporalKind kind, int positions, List<Long> edgesMillis, double deviation)
    implements Serializable {
  /** 1 minute, doubled up to about a year. */
  public static final List<Long> LOG_SPACED_EDGES =
      IntStream.range(0, 20).mapToObj(power -> 60_000L << power).toList();

  private static final int ANY_POSITION = 1000;

  public TemporalSpec {
    edgesMillis = List.copyOf(edgesMillis);
    if (positions < 1) {
      throw new ConfigurationException(
          "Cannot encode time: positions must be positive (" + positions + "), give at least 1");
    }
    for (int i = 0; i < edgesMillis.size(); i++) {
      if (edgesMillis.get(i) <= (i == 0 ? 0 : edgesMillis.get(i - 1))) {
        throw new ConfigurationException(
            "Cannot encode time: bucket edges must be positive and ascend ("
                + edgesMillis
                + "), sort them");
      }
    }
    if (!(deviation >= 0) || deviation == Double.POSITIVE_INFINITY) {
      throw new ConfigurationException(
          "Cannot encode time: deviation must be finite and not negative ("
              + deviation
              + "), give such a number");
    }
  }

  public static TemporalSpec none() {
    return new TemporalSpec(TemporalKind.NONE, ANY_POSITION, LOG_SPACED_EDGES, 0);
  }

  public static TemporalSpec byPosition(double deviation) {
    return new TemporalSpec(TemporalKind.POSITION, ANY_POSITION, LOG_SPACED_EDGES, deviation);
  }

  public static TemporalSpec byInterval(double deviation) {
    return new TemporalSpec(TemporalKind.INTERVAL, ANY_POSITION, LOG_SPACED_EDGES, deviation);
  }
}
