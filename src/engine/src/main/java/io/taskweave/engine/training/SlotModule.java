package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.nn.abstractnn.AbstractModule;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.dllib.tensor.Tensor;
import io.taskweave.core.parameter.GradientSlots;
import scala.Tuple2;

/**
 * A BigDL module whose weights have gradient slots, for {@link AdaTaskOptimMethod}. It shows one
 * tensor of all weights and one of all gradients. BigDL moves the arrays behind them, so a subclass
 * asks for array and offset at each use.
 */
public abstract class SlotModule extends AbstractModule<Activity, Activity, Float> {
  private static final long serialVersionUID = 1;

  private final Tensor<Float>[] weights;
  private final Tensor<Float>[] gradients;

  /**
   * @param vector of {@link GradientSlots#size} places, filled by {@link GradientSlots#putWeights}
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  protected SlotModule(String name, float[] vector) {
    super(Tensors.ACTIVITY, Tensors.ACTIVITY, Tensors.FLOAT, Tensors.numeric());
    this.weights = new Tensor[] {Tensors.of(vector)};
    this.gradients = new Tensor[] {Tensors.of(new float[vector.length])};
    setName(name);
  }

  @Override
  public final Tuple2<Tensor<Float>[], Tensor<Float>[]> parameters() {
    return new Tuple2<>(weights, gradients);
  }

  /** The array of the vector of weights, which starts at {@link #weightOffset}. */
  public final float[] weightArray() {
    return Tensors.array(weights[0]);
  }

  public final int weightOffset() {
    return Tensors.offset(weights[0]);
  }

  /** The array of the vector of gradients, which starts at {@link #gradientOffset}. */
  protected final float[] gradientArray() {
    return Tensors.array(gradients[0]);
  }

  protected final int gradientOffset() {
    return Tensors.offset(gradients[0]);
  }
}
