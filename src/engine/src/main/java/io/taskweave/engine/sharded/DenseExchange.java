package io.taskweave.engine.sharded;

import com.intel.analytics.bigdl.dllib.optim.parameters.AllReduceParameter;
import io.taskweave.engine.training.Tensors;
import java.io.Serializable;

/**
 * Dense gradients and weights between executors, through BigDL's {@link AllReduceParameter}: one
 * vector for gradients, which holds one a task of a weight where the tasks' are kept apart, and one
 * for weights, which so travel once. It adds up executor after executor, so sums have the same bits
 * in every run. But of a sum it leaves out whatever block is lost, without a word; {@link
 * DensePacking} tells.
 *
 * <p>A parameter finds the number of its part when a task receives it, so tasks get this object
 * anew and never keep it. With one executor there is nothing to exchange.
 */
final class DenseExchange implements Serializable {
  private static final long serialVersionUID = 1;
  private static final String UNCOMPRESSED = "none";

  private final AllReduceParameter<Float> gradients;
  private final AllReduceParameter<Float> weights;

  private DenseExchange(AllReduceParameter<Float> gradients, AllReduceParameter<Float> weights) {
    this.gradients = gradients;
    this.weights = weights;
  }

  static DenseExchange of(ShardedPlan plan) {
    if (plan.executors() == 1) {
      return new DenseExchange(null, null);
    }
    DenseLayout layout = new DenseLayout(plan.parameters(), plan.tables(), plan.gradientsApart());
    return new DenseExchange(
        parameter(plan.executors(), DensePacking.gradientFloats(layout, plan.executors())),
        parameter(plan.executors(), DensePacking.weightFloats(layout, plan.executors())));
  }

  private static AllReduceParameter<Float> parameter(int parts, int size) {
    return AllReduceParameter.newParameter(
        parts, size, 1, UNCOMPRESSED, Tensors.FLOAT, Tensors.numeric());
  }

  private boolean alone() {
    return gradients == null;
  }

  /** Begins with weights that every executor knows. */
  void open(DensePacking packing, DensePart dense, long step) {
    if (alone()) {
      return;
    }
    gradients.init(Tensors.of(packing.gradients(dense, step)), Tensors.numeric());
    weights.init(Tensors.of(packing.allWeights(dense, step)), Tensors.numeric());
  }

  void sendGradients(DensePacking packing, DensePart dense, long step) {
    if (!alone()) {
      gradients.putGradients(Tensors.of(packing.gradients(dense, step)));
    }
  }

  /** Sums what all executors have sent of the own slice. */
  void receiveGradients(DensePacking packing, DensePart dense, long step) {
    if (alone()) {
      return;
    }
    try {
      gradients.aggregateGradientPartition(1);
    } catch (RuntimeException e) {
      throw DensePacking.lost("gradients", step, e);
    }
    Object sum = gradients.gradientPartition();
    packing.takeGradient(Tensors.array(sum), Tensors.offset(sum), dense, step);
  }

  /** Publishes the own slice of the weights. */
  void sendWeights(DensePacking packing, DensePart dense, int executor, long step) {
    if (!alone()) {
      Object slice = weights.weightPartition();
      packing.putWeights(dense, executor, step, Tensors.array(slice), Tensors.offset(slice));
      weights.sendWeightPartition();
    }
  }

  void receiveWeights(DensePacking packing, DensePart dense, long step) {
    if (alone()) {
      return;
    }
    try {
      weights.getWeights(Tensors.of(packing.weights())).waitResult();
    } catch (Exception e) {
      // Scala declares no checked exceptions, and this one is an ExecutionException.
      throw DensePacking.lost("weights", step, e);
    }
    packing.takeWeights(dense, step);
  }
}
