package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.dllib.tensor.Tensor;
import com.intel.analytics.bigdl.dllib.tensor.Tensor$;
import com.intel.analytics.bigdl.dllib.tensor.TensorNumericMath.TensorNumeric;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** Java's view of BigDL's tensors of floats. */
@SuppressWarnings({"unchecked", "rawtypes"})
public final class Tensors {
  public static final ClassTag<Float> FLOAT =
      (ClassTag<Float>) (ClassTag) ClassTag$.MODULE$.Float();
  static final ClassTag<Activity> ACTIVITY = ClassTag$.MODULE$.apply(Activity.class);

  private Tensors() {}

  public static TensorNumeric<Float> numeric() {
    return (TensorNumeric<Float>)
        (TensorNumeric)
            com.intel.analytics.bigdl.dllib.tensor.TensorNumericMath$TensorNumeric$NumericFloat$
                .MODULE$;
  }

  /** Wraps an array without a copy. */
  public static Tensor<Float> of(float[] values) {
    return Tensor$.MODULE$.apply((Object) values, new int[] {values.length}, FLOAT, numeric());
  }

  /** The array behind a tensor at the moment; BigDL exchanges it. */
  public static float[] array(Object tensor) {
    return (float[]) ((Tensor) tensor).storage().array();
  }

  public static int offset(Object tensor) {
    return ((Tensor) tensor).storageOffset() - 1;
  }

  static int size(Object tensor) {
    return ((Tensor) tensor).nElement();
  }
}
