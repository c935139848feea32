package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.nn.abstractnn.AbstractCriterion;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import io.taskweave.core.loss.LogLoss;

/** Weighted sum over tasks of the mean log loss, and each task's part of the last step. */
final class LossCriterion extends AbstractCriterion<Activity, Activity, Float> {
  private static final long serialVersionUID = 1;

  private final double[] lossByTask;

  LossCriterion(int tasks) {
    super(Tensors.ACTIVITY, Tensors.ACTIVITY, Tensors.FLOAT, Tensors.numeric());
    this.lossByTask = new double[tasks];
  }

  /** Sums over this thread's rows, neither weighted nor divided. */
  double[] lossByTask() {
    return lossByTask;
  }

  @Override
  public Float updateOutput(Activity input, Activity target) {
    MicroBatch batch = (MicroBatch) target;
    java.util.Arrays.fill(lossByTask, 0);
    LogLoss.addLosses(batch.rows(), Tensors.array(input), lossByTask);
    double loss = 0;
    for (int task = 0; task < lossByTask.length; task++) {
      loss += batch.factorByTask()[task] * lossByTask[task];
    }
    return (float) loss;
  }

  @Override
  public Activity updateGradInput(Activity input, Activity target) {
    MicroBatch batch = (MicroBatch) target;
    float[] gradients = new float[Tensors.size(input)];
    LogLoss.gradient(batch.rows(), Tensors.array(input), batch.factorByTask(), gradients);
    gradInput_$eq(Tensors.of(gradients));
    return gradInput();
  }
}
