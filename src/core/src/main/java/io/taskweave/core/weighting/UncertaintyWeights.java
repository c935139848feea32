package io.taskweave.core.weighting;

import io.taskweave.core.update.SlotUpdate;
import io.taskweave.core.update.UpdateRule;

/** Weights exp(-s), where the update rule of the model trains s; a task without labels rests. */
final class UncertaintyWeights implements LossWeights {
  private final SlotUpdate update;
  private final float[] logVariances;
  private final float[][] accumulators;

  UncertaintyWeights(int tasks, UpdateRule rule, double[] state) {
    update = new SlotUpdate(rule, 1);
    logVariances = new float[tasks];
    accumulators = new float[rule.accumulators().size()][tasks];
    for (int i = 0; i < state.length; i++) {
      array(i / tasks)[i % tasks] = (float) state[i];
    }
  }

  private float[] array(int index) {
    return index == 0 ? logVariances : accumulators[index - 1];
  }

  @Override
  public double[] current() {
    double[] weights = new double[logVariances.length];
    for (int task = 0; task < weights.length; task++) {
      weights[task] = Math.exp(-logVariances[task]);
    }
    return weights;
  }

  @Override
  public void observe(StepLosses step) {
    float[] gradient = new float[1];
    for (int task = 0; task < logVariances.length; task++) {
      if (step.seen()[task]) {
        gradient[0] = (float) (0.5 - Math.exp(-logVariances[task]) * step.losses()[task]);
        update.perTask(
            logVariances,
            task,
            gradient,
            0,
            accumulators,
            task,
            1,
            step.learningRate(),
            step.step(),
            new float[0],
            null);
      }
    }
  }

  @Override
  public double[] state() {
    int tasks = logVariances.length;
    double[] state = new double[tasks * (1 + accumulators.length)];
    for (int i = 0; i < state.length; i++) {
      state[i] = array(i / tasks)[i % tasks];
    }
    return state;
  }
}
