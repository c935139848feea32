package io.taskweave.core.update;

import java.io.Serializable;
import java.util.List;

/**
 * How gradients become steps.
 *
 * @param rule the update rule
 * @param perTask whether each task accumulates its own gradients and takes its own step: AdaTask
 * @param stepWeights factor of each task's step on the weights that several tasks reach, in the
 *     order of the tasks; empty for 1 each. Only per task: a plain rule takes one step for all
 */
public record OptimizerSpec(UpdateRule rule, boolean perTask, List<Double> stepWeights)
    implements Serializable {
  public OptimizerSpec {
    stepWeights = List.copyOf(stepWeights);
    if (!perTask && !stepWeights.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot weigh steps: a plain rule takes one step for all tasks (" + stepWeights + ")");
    }
    if (stepWeights.stream().anyMatch(weight -> !(weight >= 0) || weight.isInfinite())) {
      throw new IllegalArgumentException(
          "Cannot weigh steps: weights must be finite and not negative (" + stepWeights + ")");
    }
  }

  /** One state for the sum of all gradients. */
  public static OptimizerSpec plain(UpdateRule rule) {
    return new OptimizerSpec(rule, false, List.of());
  }

  /** AdaTask with equal steps. */
  public static OptimizerSpec perTask(UpdateRule rule) {
    return new OptimizerSpec(rule, true, List.of());
  }

  /** For people: {@code adam}, or {@code adam per task}. */
  public String describe() {
    return rule.type() + (perTask ? " per task" : "");
  }
}
