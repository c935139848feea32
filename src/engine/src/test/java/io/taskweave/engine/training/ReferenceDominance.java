package io.taskweave.engine.training;

import io.taskweave.core.dominance.MeasuredElements;
import io.taskweave.core.dominance.SampledSteps;
import io.taskweave.core.dominance.ShareSummary;
import io.taskweave.core.dominance.UpdateAverages;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.PlainTaskSteps;
import io.taskweave.core.update.SlotUpdate;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What each task moves in an epoch, all at once, on one thread, without an engine and with both
 * tasks' gradients at every step. The L2 term covers whole tables.
 */
public final class ReferenceDominance {
  private final TrainingPlan plan;
  private final MultiTaskModel model;
  private final ParameterLayout layout;
  private final float[] weights;
  private final MeasuredElements elements;
  private final UpdateAverages averages;
  private int steps;
  private int measuredSteps;

  private ReferenceDominance(TrainingPlan plan) {
    DominancePlan dominance = plan.dominance();
    this.plan = plan;
    this.model = plan.model().create(plan.layout());
    this.layout = model.parameters();
    this.weights = layout.initialValues(plan.seed());
    this.elements =
        MeasuredElements.of(SlotLayout.summed(layout, 1), plan.seed(), dominance.sample());
    this.averages = new UpdateAverages(2, elements.count(), dominance.decay());
  }

  /** Of an epoch of two tasks. */
  public static ReferenceDominance of(TrainingPlan plan, TrainingData data) {
    ReferenceDominance reference = new ReferenceDominance(plan);
    reference.train(data);
    return reference;
  }

  /** One a group. */
  public ShareSummary[] summaries() {
    return elements.summaries(0, averages);
  }

  public int steps() {
    return steps;
  }

  public int measuredSteps() {
    return measuredSteps;
  }

  private void train(TrainingData data) {
    StreamPartition all = StreamLoader.load(data.train(), Optional.empty(), plan, 1).first();
    int perStream = plan.batchSize() / plan.streams();
    steps = (all.longestStream() + perStream - 1) / perStream;
    int length = Burst.of(plan.dominance(), 2, steps).length();
    int[] places = IntStream.range(0, elements.count()).map(elements::place).toArray();
    PlainTaskSteps parts = new PlainTaskSteps(Adam.DEFAULT, 2, places);
    SlotUpdate update = new SlotUpdate(Adam.DEFAULT, 2);
    float[][] moments = new float[2][2 * weights.length];
    SampledSteps perTask = new SampledSteps(places, averages);
    for (int step = 1; step <= steps; step++) {
      float[][] byTask = gradients(all.batch(1, step - 1, perStream, 0, plan.streams()));
      if (plan.optimizer().perTask()) {
        for (int i = 0; i < weights.length; i++) {
          weights[i] *= table(i) ? (float) (1 - plan.learningRate() * plan.decay().lambda()) : 1;
        }
        update.perTask(
            weights,
            0,
            slots(byTask, 1),
            0,
            moments,
            0,
            weights.length,
            plan.learningRate(),
            step,
            new float[0],
            perTask);
        measuredSteps++;
        continue;
      }
      float[] sum = new float[weights.length];
      for (int i = 0; i < sum.length; i++) {
        sum[i] =
            byTask[0][i]
                + byTask[1][i]
                + (table(i) ? (float) plan.decay().lambda() * weights[i] : 0);
      }
      float scale = clip(sum, plan.clipping().norm());
      new SlotUpdate(Adam.DEFAULT, 1)
          .perTask(
              weights,
              0,
              sum,
              0,
              moments,
              0,
              sum.length,
              plan.learningRate(),
              step,
              new float[0],
              null);
      int place = plan.alwaysMeasured() ? length : step - 1 - (steps - length);
      if (place >= 0) {
        boolean counts = place >= length / 2;
        measuredSteps += counts ? 1 : 0;
        parts.observe(
            slots(byTask, scale),
            0,
            moments[1],
            0,
            plan.learningRate(),
            step,
            counts ? averages : (first, count, tasks, deltas) -> {});
      }
    }
  }

  private boolean table(int place) {
    for (int i = 0; i < layout.count(); i++) {
      if (place < layout.offset(i) + layout.get(i).size()) {
        return layout.get(i).isTable();
      }
    }
    return false;
  }

  private float[] slots(float[][] byTask, float scale) {
    float[] slots = new float[2 * weights.length];
    for (int i = 0; i < weights.length; i++) {
      slots[2 * i] = scale * byTask[0][i];
      slots[2 * i + 1] = scale * byTask[1][i];
    }
    return slots;
  }

  private float[][] gradients(SampleBatch batch) {
    float[] logits = new float[2 * batch.count()];
    double[] labelled = new double[2];
    LogLoss.addWeights(batch, labelled);
    ParameterStorage storage = ParameterStorage.flat(layout, weights, 0);
    model.forward(storage, batch, 0, logits);
    double[] lossWeights = plan.weighting().start(2, Adam.DEFAULT, new double[0]).current();
    float[][] byTask = new float[2][weights.length];
    for (int task = 0; task < 2; task++) {
      float[] factors = new float[2];
      factors[task] = labelled[task] > 0 ? (float) (lossWeights[task] / labelled[task]) : 0;
      float[] errors = new float[logits.length];
      LogLoss.gradient(batch, logits, factors, errors);
      model.backward(
          storage, batch, errors, Gradients.summed(ParameterStorage.flat(layout, byTask[task], 0)));
    }
    return byTask;
  }

  private static float clip(float[] gradient, double norm) {
    double squares = 0;
    for (float value : gradient) {
      squares += (double) value * value;
    }
    double scale = norm / (Math.sqrt(squares) + 1e-6);
    if (scale >= 1) {
      return 1;
    }
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] *= (float) scale;
    }
    return (float) scale;
  }
}
