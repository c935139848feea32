package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.nn.abstractnn.AbstractModule;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.dllib.tensor.Tensor;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleLayout;
import java.util.Arrays;
import scala.Tuple2;

/**
 * The face that every model shows to BigDL. BigDL moves the arrays behind the tensors, so the
 * module looks them up at each use, and always hands out the same tensors in the same order.
 */
final class ModelModule extends AbstractModule<Activity, Activity, Float> {
  static final String NAME = "taskweave-model";

  private static final long serialVersionUID = 1;

  private final ModelSpec spec;
  private final SampleLayout samples;
  private final Tensor<Float>[] weights;
  private final Tensor<Float>[] gradients;
  private transient MultiTaskModel model;

  @SuppressWarnings({"unchecked", "rawtypes"})
  ModelModule(ModelSpec spec, SampleLayout samples, ParameterLayout layout, float[] values) {
    super(Tensors.ACTIVITY, Tensors.ACTIVITY, Tensors.FLOAT, Tensors.numeric());
    this.spec = spec;
    this.samples = samples;
    this.weights = new Tensor[layout.count()];
    this.gradients = new Tensor[layout.count()];
    for (int i = 0; i < weights.length; i++) {
      int size = layout.get(i).size();
      weights[i] =
          Tensors.of(Arrays.copyOfRange(values, layout.offset(i), layout.offset(i) + size));
      gradients[i] = Tensors.of(new float[size]);
    }
    setName(NAME);
  }

  @Override
  public Tuple2<Tensor<Float>[], Tensor<Float>[]> parameters() {
    return new Tuple2<>(weights, gradients);
  }

  @Override
  public Activity updateOutput(Activity input) {
    MicroBatch batch = (MicroBatch) input;
    int count = batch.rows().count();
    float[] logits = new float[Math.max(1, count * samples.tasks().size())];
    if (count > 0) {
      model().forward(bound(weights), batch.rows(), batch.key(), logits);
    }
    output_$eq(Tensors.of(logits));
    return output();
  }

  @Override
  public Activity updateGradInput(Activity input, Activity gradOutput) {
    return gradOutput;
  }

  @Override
  public void accGradParameters(Activity input, Activity gradOutput) {
    MicroBatch batch = (MicroBatch) input;
    if (batch.rows().count() > 0) {
      model()
          .backward(
              bound(weights),
              batch.rows(),
              Tensors.array(gradOutput),
              Gradients.summed(bound(gradients)));
    }
  }

  private MultiTaskModel model() {
    if (model == null) {
      model = spec.create(samples);
    }
    return model;
  }

  private static ParameterStorage bound(Tensor<Float>[] tensors) {
    ParameterStorage storage = new ParameterStorage(tensors.length);
    for (int i = 0; i < tensors.length; i++) {
      storage.bind(i, Tensors.array(tensors[i]), Tensors.offset(tensors[i]));
    }
    return storage;
  }
}
