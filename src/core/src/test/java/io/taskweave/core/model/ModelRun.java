package io.taskweave.core.model;

import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A model with flat weights, run on one batch. */
final class ModelRun {
  private static final float STEP = 1e-3f;

  final MultiTaskModel model;
  final ParameterLayout layout;
  final float[] weights;
  final int tasks;
  long key = 7;

  ModelRun(MultiTaskModel model, float[] weights) {
    this.model = model;
    this.layout = model.parameters();
    this.weights = weights;
    this.tasks = model.samples().tasks().size();
  }

  static ModelRun started(MultiTaskModel model, long seed) {
    return new ModelRun(model, model.parameters().initialValues(seed));
  }

  private ParameterStorage storage() {
    return ParameterStorage.flat(layout, weights, 0);
  }

  float[] scores(SampleBatch batch) {
    float[] logits = new float[tasks * batch.count()];
    model.score(storage(), batch, logits);
    return logits;
  }

  float[] forward(SampleBatch batch) {
    float[] logits = new float[tasks * batch.count()];
    model.forward(storage(), batch, key, logits);
    return logits;
  }

  /** Weighted loss sums times the factors. */
  double[] losses(SampleBatch batch, float[] factors) {
    double[] losses = new double[tasks];
    LogLoss.addLosses(batch, forward(batch), losses);
    for (int task = 0; task < tasks; task++) {
      losses[task] *= factors[task];
    }
    return losses;
  }

  double loss(SampleBatch batch, float[] factors) {
    return Arrays.stream(losses(batch, factors)).sum();
  }

  float[] summed(SampleBatch batch, float[] factors) {
    float[] gradient = new float[layout.size()];
    backward(batch, factors, Gradients.summed(ParameterStorage.flat(layout, gradient, 0)));
    return gradient;
  }

  /** One flat gradient a task; a parameter of one task has its place in that task's only. */
  List<float[]> perTask(SampleBatch batch, float[] factors) {
    List<float[]> arrays = new ArrayList<>();
    List<ParameterStorage> storages = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      arrays.add(new float[layout.size()]);
      storages.add(ParameterStorage.flat(layout, arrays.get(task), 0));
    }
    backward(batch, factors, Gradients.perTask(storages));
    return arrays;
  }

  private void backward(SampleBatch batch, float[] factors, Gradients gradients) {
    float[] logitGradients = new float[tasks * batch.count()];
    LogLoss.gradient(batch, forward(batch), factors, logitGradients);
    model.backward(storage(), batch, logitGradients, gradients);
  }

  /**
   * Central difference of the loss by one weight, or NaN where the gradient itself jumps within the
   * step: there a rectifier has its kink.
   */
  double difference(SampleBatch batch, float[] factors, int place) {
    float start = weights[place];
    weights[place] = start + STEP;
    double upper = loss(batch, factors);
    double upperSlope = summed(batch, factors)[place];
    weights[place] = start - STEP;
    double lower = loss(batch, factors);
    double lowerSlope = summed(batch, factors)[place];
    weights[place] = start;
    double slope = summed(batch, factors)[place];
    double jump = Math.max(Math.abs(upperSlope - slope), Math.abs(slope - lowerSlope));
    return jump < 4e-4 + 0.04 * Math.abs(slope) ? (upper - lower) / (2 * STEP) : Double.NaN;
  }

  float[] slice(float[] flat, String name) {
    int index = layout.indexOf(name);
    int from = layout.offset(index);
    return Arrays.copyOfRange(flat, from, from + layout.get(index).size());
  }

  void set(String name, float... values) {
    System.arraycopy(values, 0, weights, layout.offset(layout.indexOf(name)), values.length);
  }
}
