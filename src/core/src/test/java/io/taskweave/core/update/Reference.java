package io.taskweave.core.update;

/** The rules in double precision, written down from their formulas: one task's state of weights. */
final class Reference {
  private final UpdateRule rule;
  private final double[] mean;
  private final double[] square;

  Reference(UpdateRule rule, int weights) {
    this.rule = rule;
    this.mean = new double[weights];
    this.square = new double[weights];
  }

  static Reference[] perTask(UpdateRule rule, int tasks, int weights) {
    Reference[] states = new Reference[tasks];
    for (int task = 0; task < tasks; task++) {
      states[task] = new Reference(rule, weights);
    }
    return states;
  }

  /** The change of one weight. */
  double delta(int i, double g, double rate, int step) {
    if (rule instanceof Adam adam) {
      mean[i] = adam.beta1() * mean[i] + (1 - adam.beta1()) * g;
      square[i] = adam.beta2() * square[i] + (1 - adam.beta2()) * g * g;
      double m = mean[i] / (1 - Math.pow(adam.beta1(), step));
      double v = square[i] / (1 - Math.pow(adam.beta2(), step));
      return -rate * m / (Math.sqrt(v) + adam.epsilon());
    }
    if (rule instanceof AdaGrad adaGrad) {
      square[i] += g * g;
      return -rate * g / (Math.sqrt(square[i]) + adaGrad.epsilon());
    }
    RmsProp rms = (RmsProp) rule;
    square[i] = rms.decay() * square[i] + (1 - rms.decay()) * g * g;
    return -rate * g / (Math.sqrt(square[i]) + rms.epsilon());
  }
}
