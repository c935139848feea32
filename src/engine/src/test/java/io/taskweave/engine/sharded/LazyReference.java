package io.taskweave.engine.sharded;

import static io.taskweave.engine.training.TinyTraining.data;

import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.update.SlotUpdate;
import io.taskweave.engine.training.StreamLoader;
import io.taskweave.engine.training.StreamPartition;
import io.taskweave.engine.training.TrainingPlan;
import java.util.Optional;

/** Whole tables on one thread, where rows without a gradient are left alone. No L2, no clipping. */
final class LazyReference {
  private final TrainingPlan plan;

  LazyReference(TrainingPlan plan) {
    this.plan = plan;
  }

  float[] train() {
    StreamPartition all = StreamLoader.load(data().train(), Optional.empty(), plan, 1).first();
    MultiTaskModel model = plan.model().create(plan.layout());
    ParameterLayout layout = model.parameters();
    float[] weights = layout.initialValues(plan.seed());
    float[][] accumulators = new float[2][weights.length];
    SlotUpdate update = new SlotUpdate(plan.optimizer().rule(), 1);
    int perStream = plan.batchSize() / plan.streams();
    long rows = 0;
    long step = 0;
    while (rows < all.block().rows()) {
      SampleBatch batch = all.batch(1, (int) step, perStream, 0, plan.streams());
      rows += batch.count();
      step++;
      int tasks = plan.layout().tasks().size();
      double[] labelled = new double[tasks];
      LogLoss.addWeights(batch, labelled);
      float[] factors = new float[tasks];
      for (int task = 0; task < tasks; task++) {
        factors[task] = labelled[task] > 0 ? (float) (1 / labelled[task]) : 0;
      }
      float[] logits = new float[tasks * batch.count()];
      float[] errors = new float[logits.length];
      float[] gradient = new float[weights.length];
      ParameterStorage storage = ParameterStorage.flat(layout, weights, 0);
      model.forward(storage, batch, 0, logits);
      LogLoss.gradient(batch, logits, factors, errors);
      model.backward(
          storage, batch, errors, Gradients.summed(ParameterStorage.flat(layout, gradient, 0)));
      for (int i = 0; i < layout.count(); i++) {
        Parameter parameter = layout.get(i);
        int width = parameter.isTable() ? parameter.shape()[1] : parameter.size();
        for (int at = layout.offset(i); at < layout.offset(i + 1); at += width) {
          if (!parameter.isTable() || moved(gradient, at, width)) {
            update.perTask(
                weights,
                at,
                gradient,
                at,
                accumulators,
                at,
                width,
                plan.learningRate(),
                step,
                new float[0],
                null);
          }
        }
      }
    }
    return weights;
  }

  private static boolean moved(float[] gradient, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (gradient[i] != 0) {
        return true;
      }
    }
    return false;
  }
}
