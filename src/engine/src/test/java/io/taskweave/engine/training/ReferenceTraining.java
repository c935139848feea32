package io.taskweave.engine.training;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.PcGrad;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.update.AdaGrad;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.RmsProp;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.weighting.LossWeights;
import io.taskweave.core.weighting.StepLosses;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The same mathematics on one thread, without Spark's or BigDL's part in it, and in double
 * precision but for the model itself. Every task's gradient is a whole vector here.
 */
public final class ReferenceTraining {
  private final TrainingPlan plan;
  private final MultiTaskModel model;
  private final ParameterLayout layout;
  private final int tasks;
  private final double[] weights;
  private final double[][] means;
  private final double[][] squares;
  private final LossWeights lossWeights;
  private long step;

  private ReferenceTraining(TrainingPlan plan) {
    this.plan = plan;
    model = plan.model().create(plan.layout());
    layout = model.parameters();
    tasks = plan.layout().tasks().size();
    float[] start = layout.initialValues(plan.seed());
    weights = new double[start.length];
    for (int i = 0; i < start.length; i++) {
      weights[i] = start[i];
    }
    int states = plan.optimizer().perTask() ? tasks : 1;
    means = new double[states][start.length];
    squares = new double[states][start.length];
    lossWeights = plan.weighting().start(tasks, plan.optimizer().rule(), new double[0]);
  }

  /** The weights at the end of a plan with a rate that halves after every epoch. */
  public static double[] weights(TrainingPlan plan, TrainingData data) {
    ReferenceTraining training = new ReferenceTraining(plan);
    StreamPartition all = StreamLoader.load(data.train(), Optional.empty(), plan, 1).first();
    int perStream = plan.batchSize() / plan.streams();
    int steps = (all.longestStream() + perStream - 1) / perStream;
    double rate = plan.learningRate();
    for (int epoch = 1; epoch <= plan.maxEpochs(); epoch++, rate /= 2) {
      for (int inEpoch = 0; inEpoch < steps; inEpoch++) {
        training.step(all.batch(epoch, inEpoch, perStream, 0, plan.streams()), rate);
      }
    }
    return training.weights;
  }

  private void step(SampleBatch batch, double rate) {
    step++;
    double[][] gradients = gradients(batch, rate);
    if (plan.optimizer().perTask()) {
      shrinkShared(gradients, rate);
      decayOwn(gradients);
      combine(gradients);
      clipPerKind(gradients);
      for (int task = 0; task < tasks; task++) {
        double weight =
            plan.optimizer().stepWeights().isEmpty() ? 1 : plan.optimizer().stepWeights().get(task);
        update(task, gradients[task], rate, weight);
      }
      return;
    }
    if (!plan.taskGradients()) {
      double[] whole = sum(gradients);
      for (int i = 0; i < layout.count(); i++) {
        decay(layout.get(i), layout.offset(i), whole, whole);
      }
      clip(new double[][] {whole}, whole);
      update(0, whole, rate, 1);
      return;
    }
    decayOwn(gradients);
    combine(gradients);
    clipPerKind(gradients);
    double[] sum = sum(gradients);
    for (int i = 0; i < layout.count(); i++) {
      if (layout.get(i).shared()) {
        decay(layout.get(i), layout.offset(i), sum, sum);
      }
    }
    update(0, sum, rate, 1);
  }

  private double[][] gradients(SampleBatch batch, double rate) {
    float[] rounded = new float[weights.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) weights[i];
    }
    double[] labelled = new double[tasks];
    LogLoss.addWeights(batch, labelled);
    double[] weighting = lossWeights.current();
    float[] factors = new float[tasks];
    boolean[] seen = new boolean[tasks];
    for (int task = 0; task < tasks; task++) {
      seen[task] = labelled[task] > 0;
      factors[task] = seen[task] ? (float) (weighting[task] / labelled[task]) : 0;
    }
    float[] logits = new float[tasks * batch.count()];
    float[] errors = new float[logits.length];
    ParameterStorage storage = ParameterStorage.flat(layout, rounded, 0);
    model.forward(storage, batch, 0, logits);
    LogLoss.gradient(batch, logits, factors, errors);
    float[][] flat = new float[tasks][weights.length];
    List<ParameterStorage> byTask = new ArrayList<>();
    for (float[] vector : flat) {
      byTask.add(ParameterStorage.flat(layout, vector, 0));
    }
    model.backward(storage, batch, errors, Gradients.perTask(byTask));
    double[][] gradients = new double[tasks][weights.length];
    double[] norms = new double[tasks];
    for (int task = 0; task < tasks; task++) {
      for (int i = 0; i < weights.length; i++) {
        gradients[task][i] = flat[task][i];
      }
      norms[task] = lastSharedNorm(gradients[task]);
    }
    double[] losses = new double[tasks];
    LogLoss.addLosses(batch, logits, losses);
    for (int task = 0; task < tasks; task++) {
      losses[task] = seen[task] ? losses[task] / labelled[task] : 0;
    }
    lossWeights.observe(new StepLosses(losses, seen, norms, rate, step));
    return gradients;
  }

  private double lastSharedNorm(double[] gradient) {
    int last = -1;
    for (int i = 0; i < layout.count(); i++) {
      if (layout.get(i).shared() && layout.get(i).name().endsWith("/weight")) {
        last = i;
      }
    }
    double sum = 0;
    int from = layout.offset(last);
    for (int i = from; i < from + layout.get(last).size(); i++) {
      sum += gradient[i] * gradient[i];
    }
    return Math.sqrt(sum);
  }

  private static double[] sum(double[][] gradients) {
    double[] sum = new double[gradients[0].length];
    for (double[] gradient : gradients) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += gradient[i];
      }
    }
    return sum;
  }

  private void shrinkShared(double[][] gradients, double rate) {
    double[] sum = touched(gradients);
    for (int i = 0; i < layout.count(); i++) {
      Parameter table = layout.get(i);
      if (!table.isTable() || !table.shared()) {
        continue;
      }
      double[] term = new double[weights.length];
      decay(table, layout.offset(i), sum, term);
      for (int e = 0; e < term.length; e++) {
        weights[e] -= rate * term[e];
      }
    }
  }

  private static double[] touched(double[][] gradients) {
    double[] touched = new double[gradients[0].length];
    for (double[] gradient : gradients) {
      for (int i = 0; i < touched.length; i++) {
        touched[i] = gradient[i] != 0 ? 1 : touched[i];
      }
    }
    return touched;
  }

  /** Adds the L2 term of tables of one task to that task's gradient. */
  private void decayOwn(double[][] gradients) {
    for (int i = 0; i < layout.count(); i++) {
      Parameter table = layout.get(i);
      for (int task = 0; task < tasks; task++) {
        if (!table.shared() && table.reachedBy(task)) {
          decay(table, layout.offset(i), gradients[task].clone(), gradients[task]);
        }
      }
    }
  }

  private void decay(Parameter table, int offset, double[] touched, double[] target) {
    if (!table.isTable()) {
      return;
    }
    int width = table.shape()[1];
    for (int row = 0; row < table.shape()[0]; row++) {
      boolean covered = plan.decay().kind() == TableDecay.Kind.FULL;
      for (int i = 0; i < width; i++) {
        covered |=
            plan.decay().kind() == TableDecay.Kind.TOUCHED
                && touched[offset + row * width + i] != 0;
      }
      for (int i = offset + row * width; covered && i < offset + (row + 1) * width; i++) {
        target[i] += plan.decay().lambda() * weights[i];
      }
    }
  }

  /** With two tasks the order of projections does not matter. */
  private void combine(double[][] gradients) {
    if (!(plan.combination() instanceof PcGrad)) {
      return;
    }
    double product = sharedProduct(gradients[0], gradients[1]);
    if (product >= 0) {
      return;
    }
    double[] first = gradients[0].clone();
    double ofFirst = product / sharedProduct(gradients[1], gradients[1]);
    double ofSecond = product / sharedProduct(first, first);
    for (int i = 0; i < layout.count(); i++) {
      for (int e = layout.offset(i);
          layout.get(i).shared() && e < layout.offset(i) + layout.get(i).size();
          e++) {
        gradients[0][e] -= ofFirst * gradients[1][e];
        gradients[1][e] -= ofSecond * first[e];
      }
    }
  }

  private double sharedProduct(double[] a, double[] b) {
    double product = 0;
    for (int i = 0; i < layout.count(); i++) {
      for (int e = layout.offset(i);
          layout.get(i).shared() && e < layout.offset(i) + layout.get(i).size();
          e++) {
        product += a[e] * b[e];
      }
    }
    return product;
  }

  private void clipPerKind(double[][] gradients) {
    if (plan.clipping().kind() == GradientClipping.Kind.SUM) {
      clip(gradients, sum(gradients));
    } else {
      for (double[] gradient : gradients) {
        clip(new double[][] {gradient}, gradient);
      }
    }
  }

  private void clip(double[][] gradients, double[] measured) {
    double squares = 0;
    for (double value : measured) {
      squares += value * value;
    }
    double factor = plan.clipping().norm() / (Math.sqrt(squares) + 1e-6);
    if (plan.clipping().active() && factor < 1) {
      for (double[] gradient : gradients) {
        for (int i = 0; i < gradient.length; i++) {
          gradient[i] *= factor;
        }
      }
    }
  }

  /**
   * @param sharedWeight factor of the steps of what several tasks reach
   */
  private void update(int state, double[] gradient, double rate, double sharedWeight) {
    for (int p = 0; p < layout.count(); p++) {
      double factor = layout.get(p).shared() ? sharedWeight : 1;
      for (int i = layout.offset(p); i < layout.offset(p) + layout.get(p).size(); i++) {
        weights[i] += factor * delta(means[state], squares[state], i, gradient[i], rate);
      }
    }
  }

  private double delta(double[] mean, double[] square, int i, double g, double rate) {
    if (plan.optimizer().rule() instanceof Adam adam) {
      mean[i] = adam.beta1() * mean[i] + (1 - adam.beta1()) * g;
      square[i] = adam.beta2() * square[i] + (1 - adam.beta2()) * g * g;
      double m = mean[i] / (1 - Math.pow(adam.beta1(), (double) step));
      double v = square[i] / (1 - Math.pow(adam.beta2(), (double) step));
      return -rate * m / (Math.sqrt(v) + adam.epsilon());
    }
    if (plan.optimizer().rule() instanceof AdaGrad adaGrad) {
      square[i] += g * g;
      return -rate * g / (Math.sqrt(square[i]) + adaGrad.epsilon());
    }
    RmsProp rms = (RmsProp) plan.optimizer().rule();
    square[i] = rms.decay() * square[i] + (1 - rms.decay()) * g * g;
    return -rate * g / (Math.sqrt(square[i]) + rms.epsilon());
  }
}
