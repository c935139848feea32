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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whole tables on one thread in single precision, with all rows updated or those with a gradient.
 * Adam or AdaTask by it, without L2 and clipping; the rate halves after every epoch.
 */
final class PlainTraining {
  private final TrainingPlan plan;
  private final boolean lazy;
  private final int tasks;
  private final MultiTaskModel model;
  private final ParameterLayout layout;
  private final float[] weights;
  private final float[][] accumulators;
  private long step;

  PlainTraining(TrainingPlan plan, boolean lazy) {
    this.plan = plan;
    this.lazy = lazy;
    this.tasks = plan.layout().tasks().size();
    this.model = plan.model().create(plan.layout());
    this.layout = model.parameters();
    this.weights = layout.initialValues(plan.seed());
    this.accumulators = new float[2][weights.length * tasks];
  }

  float[] train() {
    StreamPartition all = StreamLoader.load(data().train(), Optional.empty(), plan, 1).first();
    int perStream = plan.batchSize() / plan.streams();
    double rate = plan.learningRate();
    for (int epoch = 1; epoch <= plan.maxEpochs(); epoch++, rate /= 2) {
      int rows = 0;
      for (int inEpoch = 0; rows < all.block().rows(); inEpoch++) {
        SampleBatch batch = all.batch(epoch, inEpoch, perStream, 0, plan.streams());
        rows += batch.count();
        step(batch, rate);
      }
    }
    return weights;
  }

  private void step(SampleBatch batch, double rate) {
    step++;
    double[] labelled = new double[tasks];
    LogLoss.addWeights(batch, labelled);
    float[] factors = new float[tasks];
    for (int task = 0; task < tasks; task++) {
      factors[task] = labelled[task] > 0 ? (float) (1 / labelled[task]) : 0;
    }
    float[] logits = new float[tasks * batch.count()];
    float[] errors = new float[logits.length];
    ParameterStorage storage = ParameterStorage.flat(layout, weights, 0);
    model.forward(storage, batch, 0, logits);
    LogLoss.gradient(batch, logits, factors, errors);
    List<float[]> gradients = new ArrayList<>();
    List<ParameterStorage> storages = new ArrayList<>();
    for (int slot = 0; slot < (plan.optimizer().perTask() ? tasks : 1); slot++) {
      gradients.add(new float[weights.length]);
      storages.add(ParameterStorage.flat(layout, gradients.get(slot), 0));
    }
    model.backward(
        storage,
        batch,
        errors,
        storages.size() == 1 ? Gradients.summed(storages.get(0)) : Gradients.perTask(storages));
    for (int i = 0; i < layout.count(); i++) {
      update(layout.get(i), layout.offset(i), gradients, rate);
    }
  }

  private void update(Parameter parameter, int offset, List<float[]> gradients, double rate) {
    int slots = parameter.shared() ? gradients.size() : 1;
    float[] side = new float[parameter.size() * slots];
    for (int i = 0; i < parameter.size(); i++) {
      for (int slot = 0; slot < gradients.size(); slot++) {
        side[i * slots + slot % slots] += gradients.get(slot)[offset + i];
      }
    }
    SlotUpdate update = new SlotUpdate(plan.optimizer().rule(), slots);
    int width = parameter.isTable() ? parameter.shape()[1] : parameter.size();
    for (int at = 0; at < parameter.size(); at += width) {
      if (!lazy || !parameter.isTable() || moved(side, at * slots, width * slots)) {
        update.perTask(
            weights,
            offset + at,
            side,
            at * slots,
            accumulators,
            (offset + at) * tasks,
            width,
            rate,
            step,
            new float[0],
            null);
      }
    }
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
