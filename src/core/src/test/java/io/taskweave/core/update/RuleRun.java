package io.taskweave.core.update;

/** Some weights, what a rule accumulates for them, and the steps so far. */
final class RuleRun {
  final float[] weights;
  final float[][] accumulators;
  private final SlotUpdate update;
  private final SlotUpdate plain;
  private long step;

  RuleRun(UpdateRule rule, int tasks, float... start) {
    weights = start.clone();
    accumulators = new float[rule.accumulators().size()][start.length * tasks];
    update = new SlotUpdate(rule, tasks);
    plain = new SlotUpdate(rule, 1);
  }

  /** AdaTask's step by gradients [weights, tasks]. */
  void perTask(double rate, TaskSteps listener, float[] stepWeights, float... gradients) {
    update.perTask(
        weights,
        0,
        gradients,
        0,
        accumulators,
        0,
        weights.length,
        rate,
        ++step,
        stepWeights,
        listener);
  }

  void perTask(double rate, float... gradients) {
    perTask(rate, null, new float[0], gradients);
  }

  /** The plain rule's step by the sum of gradients [weights, tasks]. */
  void summed(double rate, float... gradients) {
    update.combined(weights, 0, gradients, 0, accumulators, 0, weights.length, rate, ++step);
  }

  /** The plain rule's step by one gradient a weight. */
  void plain(double rate, float... gradient) {
    plain.perTask(
        weights, 0, gradient, 0, accumulators, 0, weights.length, rate, ++step, new float[0], null);
  }
}
