package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.optim.OptimMethod;
import com.intel.analytics.bigdl.dllib.tensor.Tensor;
import com.intel.analytics.bigdl.dllib.utils.Table;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.SlotUpdate;
import org.apache.commons.lang3.SerializationUtils;
import scala.Function1;
import scala.Tuple2;

/**
 * Adam on one partition's slice. Its moments stay when BigDL clears histories. Every step checks
 * that it follows the one before: state that Spark lost and rebuilt is found, not trained on.
 */
final class AdamMethod implements OptimMethod<Float> {
  static final String NEXT_STEP = "neval";

  private static final long serialVersionUID = 1;

  private final Adam adam;
  private Table state;
  private long stepsDone;
  private float[] first;
  private float[] second;

  /**
   * Goes on after {@code stepsDone} steps.
   *
   * @param first moments of the slice, or null before the first step; likewise second
   */
  AdamMethod(Adam adam, long stepsDone, float[] first, float[] second) {
    OptimMethod.$init$(this);
    this.adam = adam;
    this.stepsDone = stepsDone;
    this.first = first;
    this.second = second;
    state.update(NEXT_STEP, Math.toIntExact(stepsDone + 1));
  }

  float[] first() {
    return first;
  }

  float[] second() {
    return second;
  }

  @Override
  @SuppressWarnings({"unchecked", "rawtypes"})
  public Tuple2<Tensor<Float>, Object> optimize(
      Function1<Tensor<Float>, Tuple2<Float, Tensor<Float>>> lossAndGradient,
      Tensor<Float> weights) {
    Tuple2 evaluated = (Tuple2) ((Function1) lossAndGradient).apply(weights);
    int length = Tensors.size(weights);
    long step = ((Number) state.<Object>apply(NEXT_STEP)).longValue();
    if (step != stepsDone + 1 || (stepsDone > 0 && first == null)) {
      throw new RetryException(
          "Cannot update: the optimizer's state of this partition was lost (has "
              + stepsDone
              + " steps at step "
              + step
              + "), resume from the last checkpoint");
    }
    if (first == null) {
      first = new float[length];
      second = new float[length];
    }
    new SlotUpdate(adam, 1)
        .perTask(
            Tensors.array(weights),
            Tensors.offset(weights),
            Tensors.array(evaluated._2()),
            Tensors.offset(evaluated._2()),
            new float[][] {first, second},
            0,
            length,
            StepProperties.received().learningRate(),
            step,
            new float[0],
            null);
    stepsDone++;
    float loss = ((Number) evaluated._1()).floatValue();
    return new Tuple2<>(weights, (Object) new float[] {loss});
  }

  @Override
  public void clearHistory() {
    // BigDL calls this at the start of training and at every save; moments must outlive both.
  }

  @Override
  public double getLearningRate() {
    return 0;
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
