package io.taskweave.core.update;

/**
 * The part that each task has in the step of a plain rule, which accumulates the sum of all tasks'
 * gradients: the task's own numerator over the common accumulated square. The parts add up to the
 * step. Kept for a sample of the weights, since a rule with a mean gradient needs one a task.
 *
 * <p>Where it starts in the middle of a training, the means of Adam start at zero and need some
 * twenty steps until they stand.
 */
public final class PlainTaskSteps {
  private final UpdateRule rule;
  private final int tasks;
  private final int[] sampled;
  private final float[] numerators;
  private final float[] deltas;

  /**
   * @param sampled indices of the observed weights
   */
  public PlainTaskSteps(UpdateRule rule, int tasks, int[] sampled) {
    this.rule = rule;
    this.tasks = tasks;
    this.sampled = sampled.clone();
    this.numerators = new float[Math.multiplyExact(sampled.length, tasks)];
    this.deltas = new float[numerators.length];
  }

  /**
   * Takes in one step, after the rule's own update.
   *
   * @param gradients [weights, tasks] from {@code gradientOffset} on: what the rule got the sum of
   * @param squares accumulated squares after the step, [weights] from {@code squareOffset} on
   * @param listener hears of the sampled weights, numbered in the order of the sample
   */
  public void observe(
      float[] gradients,
      int gradientOffset,
      float[] squares,
      int squareOffset,
      double learningRate,
      long step,
      TaskSteps listener) {
    UpdateRule.Scale scale = rule.scale(learningRate, step);
    for (int i = 0; i < sampled.length; i++) {
      float square = squares[squareOffset + sampled[i]];
      int from = gradientOffset + sampled[i] * tasks;
      for (int task = 0; task < tasks; task++) {
        int place = i * tasks + task;
        numerators[place] = rule.numerator(numerators[place], gradients[from + task]);
        deltas[place] = scale.delta(numerators[place], square);
      }
    }
    listener.steps(0, sampled.length, tasks, deltas);
  }
}
