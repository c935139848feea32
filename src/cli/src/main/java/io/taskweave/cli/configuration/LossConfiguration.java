package io.taskweave.cli.configuration;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.GradientCombination;
import io.taskweave.core.combination.PcGrad;
import io.taskweave.core.combination.SumOfGradients;
import io.taskweave.core.weighting.LossWeighting;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;

/**
 * What happens to losses and gradients before the update.
 *
 * @param weighting {@code equal}, {@code fixed} or {@code uncertainty}
 * @param weights of the losses, where they are fixed; 1 for a task that they lack
 * @param combination {@code sum}, {@code pcgrad} or {@code gradnorm}
 * @param alpha of GradNorm
 * @param rate of GradNorm
 */
public record LossConfiguration(
    String weighting,
    SortedMap<String, Double> weights,
    String combination,
    double alpha,
    double rate,
    GradientClipping clipping) {
  static final String WEIGHTING = "loss-weighting";
  static final String EQUAL = "equal";
  static final String FIXED = "fixed";
  static final String UNCERTAINTY = "uncertainty";
  static final String WEIGHTS = "loss-weights";
  static final String COMBINATION = "gradient-combination";
  static final String TYPE = "type";
  static final String GRADNORM = "gradnorm";
  static final String ALPHA = "alpha";
  static final double ALPHA_DEFAULT = LossWeighting.GradNorm.DEFAULT_ALPHA;
  static final String RATE = "rate";
  static final double RATE_DEFAULT = LossWeighting.GradNorm.DEFAULT_RATE;
  static final String CLIP_NORM = "clip-norm";
  static final double CLIP_NORM_DEFAULT = 10;
  static final String CLIP = "clip";
  static final String CLIP_SUM = "sum";
  static final String CLIP_PER_TASK = "per-task";

  /**
   * Reads from the section of training.
   *
   * @param perTask whether the update is applied per task
   */
  static LossConfiguration read(Section section, Collection<String> tasks, boolean perTask) {
    SortedMap<String, Double> weights = section.byTask(WEIGHTS, tasks);
    String weighting =
        section.choice(
            WEIGHTING, weights.isEmpty() ? EQUAL : FIXED, List.of(EQUAL, FIXED, UNCERTAINTY));
    if (!weights.isEmpty() && !weighting.equals(FIXED)) {
      section.problem(WEIGHTS, "belongs to " + WEIGHTING + " = fixed (" + weighting + ")");
    }
    String combination;
    double alpha;
    double rate;
    try (Section keys = section.section(COMBINATION)) {
      combination =
          keys.choice(
              TYPE, SumOfGradients.TYPE, List.of(SumOfGradients.TYPE, PcGrad.TYPE, GRADNORM));
      for (String key : List.of(ALPHA, RATE)) {
        if (keys.has(key) && !combination.equals(GRADNORM)) {
          keys.problem(key, "belongs to gradnorm, not to " + combination + ": remove it");
        }
      }
      alpha = keys.decimal(ALPHA, ALPHA_DEFAULT, 0, 100);
      rate = keys.decimal(RATE, RATE_DEFAULT, 1e-12, 100);
    }
    if (combination.equals(GRADNORM) && !weighting.equals(EQUAL)) {
      section.problem(WEIGHTING, "must be equal: gradnorm learns the weights (" + weighting + ")");
    }
    String clip =
        section.choice(CLIP, perTask ? CLIP_PER_TASK : CLIP_SUM, List.of(CLIP_SUM, CLIP_PER_TASK));
    return new LossConfiguration(
        weighting,
        weights,
        combination,
        alpha,
        rate,
        new GradientClipping(
            clip.equals(CLIP_SUM) ? GradientClipping.Kind.SUM : GradientClipping.Kind.PER_TASK,
            section.decimal(CLIP_NORM, CLIP_NORM_DEFAULT, 0, Double.MAX_VALUE)));
  }

  /** The weighting of these tasks' losses. */
  public LossWeighting lossWeighting(List<String> tasks) {
    if (combination.equals(GRADNORM)) {
      return new LossWeighting.GradNorm(alpha, rate);
    }
    return weighting.equals(UNCERTAINTY)
        ? new LossWeighting.Uncertainty()
        : new LossWeighting.Fixed(
            tasks.stream().map(task -> weights.getOrDefault(task, 1.0)).toList());
  }

  public GradientCombination gradientCombination() {
    return combination.equals(PcGrad.TYPE) ? new PcGrad() : new SumOfGradients();
  }
}
