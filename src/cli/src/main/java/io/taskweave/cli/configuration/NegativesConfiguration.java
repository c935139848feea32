package io.taskweave.cli.configuration;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.sampling.SamplingPlan.Pool;
import io.taskweave.pipeline.sampling.SamplingPlan.Users;
import java.time.Duration;
import java.util.List;

/**
 * Negatives for a log of positives.
 *
 * @param perPositive 0 for a log with labels of its own
 * @param pool where they are drawn
 * @param leaveOut whether a positive whose pool has too few items is left out
 * @param label column that the sampled log gets
 * @param itemColumns columns that belong to the item
 * @param users those whose positives get rows
 * @param minimumHistory events of a user before his first positive that gets rows
 */
public record NegativesConfiguration(
    int perPositive,
    Pool pool,
    boolean leaveOut,
    String label,
    List<String> itemColumns,
    Users users,
    int minimumHistory) {
  static final String PER_POSITIVE = "per-positive";
  static final int PER_POSITIVE_DEFAULT = 0;
  static final String FROM = "from";
  static final String FROM_DEFAULT = "uniform";
  static final List<String> POOLS = List.of(FROM_DEFAULT, "popularity", "live");
  static final String REACH = "reach";
  static final Duration REACH_DEFAULT = Duration.ofHours(1);
  static final String TOO_FEW = "too-few";
  static final String TOO_FEW_DEFAULT = "refuse";
  static final String TOO_FEW_LEAVES_OUT = "leave-out";
  static final String LABEL = "label";
  static final String LABEL_DEFAULT = "click";
  static final String ITEM_COLUMNS = "item-columns";
  static final String USERS = "users";
  static final String MODULUS = "modulus";
  static final String REMAINDER = "remainder";
  static final String MINIMUM_HISTORY = "minimum-history";
  static final int MINIMUM_HISTORY_DEFAULT = 0;

  static NegativesConfiguration read(Section section) {
    Duration reach = section.duration(REACH, REACH_DEFAULT);
    Pool pool =
        switch (section.choice(FROM, FROM_DEFAULT, POOLS)) {
          case "popularity" -> new Pool.Popularity();
          case "live" -> live(section, reach);
          default -> new Pool.Uniform();
        };
    Users users;
    try (Section remainder = section.section(USERS)) {
      users = users(remainder);
    }
    return new NegativesConfiguration(
        section.integer(PER_POSITIVE, PER_POSITIVE_DEFAULT, 0),
        pool,
        section
            .choice(TOO_FEW, TOO_FEW_DEFAULT, List.of(TOO_FEW_DEFAULT, TOO_FEW_LEAVES_OUT))
            .equals(TOO_FEW_LEAVES_OUT),
        section.text(LABEL, LABEL_DEFAULT),
        section.texts(ITEM_COLUMNS, List.of()),
        users,
        section.integer(MINIMUM_HISTORY, MINIMUM_HISTORY_DEFAULT, 0));
  }

  private static Users users(Section section) {
    int modulus = section.integer(MODULUS, Users.ALL.modulus(), 1);
    return new Users(
        modulus, (int) section.whole(REMAINDER, Users.ALL.remainder(), 0, modulus - 1L));
  }

  private static Pool live(Section section, Duration reach) {
    try {
      return new Pool.Live(reach);
    } catch (ConfigurationException wrong) {
      section.problem(REACH, "is no reach: " + wrong.getMessage());
      return new Pool.Live(REACH_DEFAULT);
    }
  }

  public boolean enabled() {
    return perPositive > 0;
  }
}
