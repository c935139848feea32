package io.taskweave.pipeline.sampling;

import io.taskweave.core.error.ConfigurationException;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How a log of positives gets its negatives.
 *
 * @param userColumn column of the log with the user
 * @param itemColumn column of the log with the item
 * @param itemAttributes columns that belong to the item: a negative has those of its own item, and
 *     everything else of its positive
 * @param labelColumn column that the output gets: 1 for a row of the log, 0 for a sampled one
 * @param perPositive negatives of each positive, all different
 * @param pool where negatives come from
 * @param leaveOut whether a positive whose pool has too few items is left out; else it refuses the
 *     log
 * @param users those whose positives get rows; the events of all others only say what is live, how
 *     popular and what there is
 * @param minimumHistory positives of a user with fewer events strictly before them get no rows
 * @param seed with the sample id and the draw the only source of chance
 */
public record SamplingPlan(
    String userColumn,
    String itemColumn,
    List<String> itemAttributes,
    String labelColumn,
    int perPositive,
    Pool pool,
    boolean leaveOut,
    Users users,
    int minimumHistory,
    long seed)
    implements Serializable {
  /**
   * The users whose number leaves a remainder, with all of their positives.
   *
   * @param modulus 1 for all users, whose column may then be of any type
   * @param remainder in [0, modulus)
   */
  public record Users(int modulus, int remainder) implements Serializable {
    public static final Users ALL = new Users(1, 0);

    public Users {
      verify(modulus >= 1, "the modulus of users must be at least 1", modulus);
      verify(
          remainder >= 0 && remainder < modulus,
          "the remainder of users must be below their modulus and not negative",
          remainder);
    }
  }

  /** Items out of which negatives are drawn; those that the user ever met are left out. */
  public sealed interface Pool extends Serializable {
    /** Every item of the log, all alike. */
    record Uniform() implements Pool {}

    /** Every item of the log, in proportion to its events. */
    record Popularity() implements Pool {}

    /** The items with an event within {@code reach} of the positive, before or after, all alike. */
    record Live(Duration reach) implements Pool {
      private static final Duration LONGEST = Duration.ofDays(20);

      public Live {
        if (reach.isNegative() || reach.isZero() || reach.compareTo(LONGEST) > 0) {
          throw new ConfigurationException(
              String.format(
                  "Cannot sample live items: the reach is not positive or beyond %d days (%s),"
                      + " choose hours",
                  LONGEST.toDays(), reach));
        }
      }
    }
  }

  public SamplingPlan {
    itemAttributes = List.copyOf(itemAttributes);
    Objects.requireNonNull(pool, "pool");
    Objects.requireNonNull(users, "users");
    verify(perPositive >= 1, "negatives per positive must be at least 1", perPositive);
    verify(minimumHistory >= 0, "the minimum history must not be negative", minimumHistory);
    verify(!labelColumn.isBlank(), "the label needs a name", labelColumn);
  }

  private static void verify(boolean holds, String problem, Object value) {
    if (!holds) {
      throw new ConfigurationException(
          String.format("Cannot plan negatives: %s (%s), change it", problem, value));
    }
  }
}
