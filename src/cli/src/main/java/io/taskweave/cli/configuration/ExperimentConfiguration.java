package io.taskweave.cli.configuration;

import com.typesafe.config.Config;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A grid of trainings that share their data, models x optimizers x learning rates x seeds. Lists
 * that are empty hold the one value that the rest of the configuration has.
 *
 * @param name of the experiment's folder
 * @param baseline name of the model that differences are measured against
 * @param models those that run; empty without an experiment
 * @param conflict which pairs of user and item single-task models disagree on
 */
public record ExperimentConfiguration(
    String name,
    String baseline,
    List<Variant> models,
    List<Variant> optimizers,
    List<Double> learningRates,
    List<Long> seeds,
    Conflict conflict) {
  static final String NAME = "name";
  static final String NAME_DEFAULT = "experiment";
  static final String BASELINE = "baseline";
  static final String BASELINE_DEFAULT = "single-task";
  static final String MODELS = "models";
  static final String ONLY = "only";
  static final String OPTIMIZERS = "optimizers";
  static final String LEARNING_RATES = "learning-rates";
  static final String SEEDS = "seeds";
  static final String CONFLICT = "conflict";
  static final String FREQUENCY = "frequency";
  static final double FREQUENCY_DEFAULT = 0.6;
  static final String FAR = "far";
  static final double FAR_DEFAULT = 0.6;
  static final String NEAR = "near";
  static final double NEAR_DEFAULT = 0.4;
  private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]*";

  /**
   * One value of an axis.
   *
   * @param overrides keys below {@code model}, or below {@code training.optimizer}
   */
  record Variant(String name, Config overrides) {
    static Variant read(Section section) {
      String name = section.requiredText(NAME, "it tells the runs apart");
      if (!name.isEmpty() && !name.matches(PART)) {
        section.problem(NAME, "must be letters, digits, dots and hyphens (" + name + ")");
      }
      return new Variant(name, section.without(NAME));
    }
  }

  /**
   * Percentiles, as shares.
   *
   * @param frequency users and items above it, by occurrences in training, are looked at
   * @param far distances above it are far
   * @param near distances up to it are near
   */
  public record Conflict(double frequency, double far, double near) {
    static Conflict read(Section section) {
      double far = section.decimal(FAR, FAR_DEFAULT, 0.01, 0.99);
      double near = section.decimal(NEAR, NEAR_DEFAULT, 0.01, 0.99);
      if (near > far) {
        section.problem(NEAR, "must not be above far (" + near + ", " + far + ")");
      }
      return new Conflict(section.decimal(FREQUENCY, FREQUENCY_DEFAULT, 0, 0.99), far, near);
    }
  }

  static ExperimentConfiguration read(Section section) {
    Conflict conflict;
    try (Section percentiles = section.section(CONFLICT)) {
      conflict = Conflict.read(percentiles);
    }
    String name = section.text(NAME, NAME_DEFAULT);
    if (!name.matches(PART)) {
      section.problem(NAME, "must be letters, digits, dots and hyphens (" + name + ")");
    }
    List<Variant> all = axis(section, MODELS, section.list(MODELS, Variant::read));
    List<String> only = axis(section, ONLY, section.texts(ONLY, List.of()));
    String baseline = section.text(BASELINE, BASELINE_DEFAULT);
    Set<String> names = all.stream().map(Variant::name).collect(Collectors.toSet());
    if (!all.isEmpty()) {
      requireKnown(section, ONLY, only, names);
      requireKnown(section, BASELINE, List.of(baseline), names);
      if (!only.isEmpty() && !only.contains(baseline)) {
        section.problem(ONLY, "must hold the baseline " + baseline + " (" + only + ")");
      }
    }
    List<Double> rates = axis(section, LEARNING_RATES, section.decimals(LEARNING_RATES, List.of()));
    List<Long> seeds = axis(section, SEEDS, section.wholes(SEEDS));
    return new ExperimentConfiguration(
        name,
        baseline,
        all.stream().filter(model -> only.isEmpty() || only.contains(model.name())).toList(),
        axis(section, OPTIMIZERS, section.list(OPTIMIZERS, Variant::read)),
        rates,
        seeds,
        conflict);
  }

  /** An axis that is given has values, each of them once. */
  private static <T> List<T> axis(Section section, String key, List<T> values) {
    if (section.has(key) && values.isEmpty()) {
      section.problem(key, "must not be empty: leave it out or give it a value");
    }
    Set<Object> seen = new HashSet<>();
    for (T value : values) {
      Object name = value instanceof Variant variant ? variant.name() : value;
      if (!seen.add(name)) {
        section.problem(key, "holds a value twice (" + name + ")");
      }
    }
    return values;
  }

  private static void requireKnown(
      Section section, String key, List<String> names, Set<String> known) {
    for (String name : names) {
      if (!known.contains(name)) {
        section.problem(
            key,
            "names no model of the experiment ("
                + name
                + ")"
                + NearestName.of(name, known)
                    .map(near -> ", did you mean " + near + "?")
                    .orElse(", choose of " + known.stream().sorted().toList()));
      }
    }
  }
}
