package io.taskweave.cli.configuration;

/**
 * How a training measures which task dominates what.
 *
 * @param decay of the average squared updates
 * @param burstSteps steps at the end of an epoch that are measured where the rule sums gradients
 * @param sample elements of a parameter that are measured
 */
public record DominanceConfiguration(boolean enabled, double decay, int burstSteps, int sample) {
  static final String ENABLED = "enabled";
  static final boolean ENABLED_DEFAULT = true;
  static final String DECAY = "decay";
  static final double DECAY_DEFAULT = 0.99;
  static final String BURST_STEPS = "burst-steps";
  static final int BURST_STEPS_DEFAULT = 50;
  static final String SAMPLE = "sample";
  static final int SAMPLE_DEFAULT = 100_000;

  static DominanceConfiguration read(Section section) {
    return new DominanceConfiguration(
        section.flag(ENABLED, ENABLED_DEFAULT),
        section.decimal(DECAY, DECAY_DEFAULT, 0, 0.999999),
        section.integer(BURST_STEPS, BURST_STEPS_DEFAULT, 1),
        section.integer(SAMPLE, SAMPLE_DEFAULT, 1));
  }
}
