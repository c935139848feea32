package io.taskweave.cli.configuration;

import java.util.List;

/**
 * How users are told into comparable and non-comparable.
 *
 * @param kappa bound of the ratio of positives
 * @param method {@code log-ratio} or {@code tertiles}
 * @param normalise whether rates are divided by the task's own mean rate
 * @param sweep further values of kappa for the report
 */
public record GroupConfiguration(
    boolean enabled, double kappa, String method, boolean normalise, List<Double> sweep) {
  static final String ENABLED = "enabled";
  static final boolean ENABLED_DEFAULT = true;
  static final String KAPPA = "kappa";
  static final double KAPPA_DEFAULT = 1.5;
  static final String METHOD = "method";
  static final String METHOD_DEFAULT = "log-ratio";
  static final List<String> METHODS = List.of("log-ratio", "tertiles");
  static final String NORMALISE = "normalise";
  static final boolean NORMALISE_DEFAULT = true;
  static final String SWEEP = "sweep";
  static final List<Double> SWEEP_DEFAULT = List.of(1.1, 1.25, 1.5, 2.0, 3.0);

  static GroupConfiguration read(Section section) {
    return new GroupConfiguration(
        section.flag(ENABLED, ENABLED_DEFAULT),
        section.decimal(KAPPA, KAPPA_DEFAULT, 1, Double.MAX_VALUE),
        section.choice(METHOD, METHOD_DEFAULT, METHODS),
        section.flag(NORMALISE, NORMALISE_DEFAULT),
        section.decimals(SWEEP, SWEEP_DEFAULT));
  }
}
