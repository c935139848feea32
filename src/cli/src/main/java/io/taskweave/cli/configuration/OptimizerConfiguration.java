package io.taskweave.cli.configuration;

import io.taskweave.core.update.AdaGrad;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.RmsProp;
import io.taskweave.core.update.UpdateRule;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * How gradients become steps.
 *
 * @param learningRate of the first epoch
 * @param perTask whether the rule is applied once a task
 * @param stepWeights factors of the tasks' steps; 1 for a task that it lacks
 */
public record OptimizerConfiguration(
    UpdateRule rule, double learningRate, boolean perTask, SortedMap<String, Double> stepWeights) {
  static final String TYPE = "type";
  static final String TYPE_DEFAULT = Adam.TYPE;
  static final String LEARNING_RATE = "learning-rate";
  static final double LEARNING_RATE_DEFAULT = 1e-3;
  static final String BETA1 = "beta1";
  static final double BETA1_DEFAULT = Adam.DEFAULT.beta1();
  static final String BETA2 = "beta2";
  static final double BETA2_DEFAULT = Adam.DEFAULT.beta2();
  static final String DECAY = "decay";
  static final double DECAY_DEFAULT = RmsProp.DEFAULT.decay();
  static final String EPSILON = "epsilon";
  static final String PER_TASK = "per-task";
  static final boolean PER_TASK_DEFAULT = false;
  static final String STEP_WEIGHTS = "step-weights";

  private static final Map<String, String> RULE_OF_KEY =
      Map.of(BETA1, Adam.TYPE, BETA2, Adam.TYPE, DECAY, RmsProp.TYPE);

  static OptimizerConfiguration read(Section section, Collection<String> tasks) {
    String type =
        section.choice(TYPE, TYPE_DEFAULT, List.of(Adam.TYPE, AdaGrad.TYPE, RmsProp.TYPE));
    RULE_OF_KEY.forEach(
        (key, rule) -> {
          if (section.has(key) && !rule.equals(type)) {
            section.problem(key, "belongs to " + rule + ", not to " + type + ": remove it");
          }
        });
    double beta1 = section.decimal(BETA1, BETA1_DEFAULT, 0, 0.999999);
    double beta2 = section.decimal(BETA2, BETA2_DEFAULT, 0, 0.999999999);
    double decay = section.decimal(DECAY, DECAY_DEFAULT, 0, 0.999999999);
    double epsilon = section.decimal(EPSILON, epsilonDefault(type), 1e-30, 1);
    boolean perTask = section.flag(PER_TASK, PER_TASK_DEFAULT);
    SortedMap<String, Double> stepWeights = section.byTask(STEP_WEIGHTS, tasks);
    if (!perTask && !stepWeights.isEmpty()) {
      section.problem(STEP_WEIGHTS, "needs " + PER_TASK + " = true: a plain rule takes one step");
    }
    return new OptimizerConfiguration(
        switch (type) {
          case AdaGrad.TYPE -> new AdaGrad(epsilon);
          case RmsProp.TYPE -> new RmsProp(decay, epsilon);
          default -> new Adam(beta1, beta2, epsilon);
        },
        section.decimal(LEARNING_RATE, LEARNING_RATE_DEFAULT, 1e-12, 100),
        perTask,
        stepWeights);
  }

  private static double epsilonDefault(String type) {
    return switch (type) {
      case AdaGrad.TYPE -> AdaGrad.DEFAULT.epsilon();
      case RmsProp.TYPE -> RmsProp.DEFAULT.epsilon();
      default -> Adam.DEFAULT.epsilon();
    };
  }
}
