package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.optim.OptimMethod;
import com.intel.analytics.bigdl.dllib.tensor.Tensor;
import com.intel.analytics.bigdl.dllib.utils.Table;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.parameter.GradientSlots;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.SlotUpdate;
import java.io.Serializable;
import org.apache.commons.lang3.SerializationUtils;
import org.apache.spark.TaskContext;
import scala.Function1;
import scala.Tuple2;

/**
 * AdaTask, or a plain update rule, on a flat vector with gradient slots, in BigDL's own {@code
 * DistriOptimizer}.
 *
 * <p>The one trained module shows BigDL a single tensor of {@link GradientSlots#size} weights and
 * one of gradients. It reads its weights with {@link GradientSlots#copyWeights}, or where they lie,
 * and adds each task's gradient with {@link GradientSlots#addGradient}. The optimizer must not
 * compress ({@code setCompressType("none")}), and the slots must have as many parts as it has
 * partitions, which is one for each executor.
 *
 * <p>What is accumulated stays when BigDL clears histories. Every step checks that it follows the
 * one before: state that Spark lost and rebuilt is found, not trained on.
 */
public final class AdaTaskOptimMethod implements OptimMethod<Float> {
  static final String NEXT_STEP = "neval";

  private static final long serialVersionUID = 1;
  private static final float[] NO_STEP_WEIGHTS = {};

  /** Learning rate of a step. */
  interface LearningRate extends Serializable {
    double at(long step);
  }

  private final OptimizerSpec optimizer;
  private final GradientSlots slots;
  private final LearningRate learningRate;
  private Table state;
  private long stepsDone;
  private float[][] accumulators;
  private transient SlotUpdate sharedUpdate;
  private transient SlotUpdate singleUpdate;

  /**
   * Starts at the first step.
   *
   * @param slots layout of the flat vector, with a part for each partition of the optimizer
   * @param learningRate the same in every step
   */
  public AdaTaskOptimMethod(OptimizerSpec optimizer, GradientSlots slots, double learningRate) {
    this(optimizer, slots, step -> learningRate);
  }

  AdaTaskOptimMethod(OptimizerSpec optimizer, GradientSlots slots, LearningRate learningRate) {
    OptimMethod.$init$(this);
    this.optimizer = optimizer;
    this.slots = slots;
    this.learningRate = learningRate;
    state.update(NEXT_STEP, 1);
  }

  @Override
  @SuppressWarnings({"unchecked", "rawtypes"})
  public Tuple2<Tensor<Float>, Object> optimize(
      Function1<Tensor<Float>, Tuple2<Float, Tensor<Float>>> lossAndGradient,
      Tensor<Float> weights) {
    Tuple2 evaluated = (Tuple2) ((Function1) lossAndGradient).apply(weights);
    requireWholePart(Tensors.size(weights));
    int partition = TaskContext.getPartitionId();
    long step = ((Number) state.<Object>apply(NEXT_STEP)).longValue();
    if (step != stepsDone + 1) {
      throw new RetryException(
          "Cannot update: the optimizer's state of this partition was lost (has "
              + stepsDone
              + " steps at step "
              + step
              + "), resume from the last checkpoint");
    }
    if (accumulators == null) {
      int each = optimizer.perTask() ? slots.tasks() : 1;
      GradientSlots.Part part = slots.part(partition);
      accumulators =
          new float[optimizer.rule().accumulators().size()][part.shared() * each + part.single()];
    }
    stepsDone++;
    float loss = ((Number) evaluated._1()).floatValue();
    update(
        slots.part(partition),
        Tensors.array(weights),
        Tensors.offset(weights),
        Tensors.array(evaluated._2()),
        Tensors.offset(evaluated._2()),
        stepsDone);
    return new Tuple2<>(weights, (Object) new float[] {loss});
  }

  private void requireWholePart(int length) {
    if (length != slots.partSize() || TaskContext.get() == null) {
      throw new ConfigurationException(
          "Cannot update: the slots are laid out in "
              + slots.parts()
              + " parts of "
              + slots.partSize()
              + " places, and here are "
              + length
              + "; give the slots a part for each partition of a DistriOptimizer, and let one"
              + " module hold them all");
    }
  }

  private void update(
      GradientSlots.Part part,
      float[] weights,
      int weightOffset,
      float[] gradients,
      int gradientOffset,
      long step) {
    if (sharedUpdate == null) {
      sharedUpdate = new SlotUpdate(optimizer.rule(), slots.tasks());
      singleUpdate = new SlotUpdate(optimizer.rule(), 1);
    }
    double rate = learningRate.at(step);
    if (optimizer.perTask()) {
      sharedUpdate.perTask(
          weights,
          weightOffset,
          gradients,
          gradientOffset,
          accumulators,
          0,
          part.shared(),
          rate,
          step,
          stepWeights(),
          null);
    } else {
      sharedUpdate.combined(
          weights,
          weightOffset,
          gradients,
          gradientOffset,
          accumulators,
          0,
          part.shared(),
          rate,
          step);
    }
    singleUpdate.perTask(
        weights,
        weightOffset + part.singleOffset(),
        gradients,
        gradientOffset + part.singleOffset(),
        accumulators,
        part.shared() * (optimizer.perTask() ? slots.tasks() : 1),
        part.single(),
        rate,
        step,
        NO_STEP_WEIGHTS,
        null);
  }

  private float[] stepWeights() {
    float[] weights = new float[optimizer.stepWeights().size()];
    for (int task = 0; task < weights.length; task++) {
      weights[task] = optimizer.stepWeights().get(task).floatValue();
    }
    return weights;
  }

  @Override
  public void clearHistory() {
    // BigDL calls this at the start of training and at every save; what is accumulated must
    // outlive both.
  }

  /** For BigDL's log alone; 0 where the rate comes with each step. */
  @Override
  public double getLearningRate() {
    return TaskContext.get() == null ? 0 : learningRate.at(stepsDone + 1);
  }

  @Override
  public Table state() {
    return state;
  }

  @Override
  public void state_$eq(Table value) {
    state = value;
  }

  @Override
  public OptimMethod<Float> loadFromTable(Table config) {
    return this;
  }

  @Override
  public OptimMethod<Float> clone() {
    return SerializationUtils.clone(this);
  }
}
