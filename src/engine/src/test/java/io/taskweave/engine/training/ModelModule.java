package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.SlotView;

/** The face that every model shows to BigDL. */
final class ModelModule extends SlotModule {
  static final String NAME = "taskweave-model";

  private static final long serialVersionUID = 1;

  private final TrainingPlan plan;
  private final int parts;
  private transient MultiTaskModel model;
  private transient SlotView view;

  /**
   * @param vector of weights, as the plan's slots lay them out in so many parts
   */
  ModelModule(TrainingPlan plan, int parts, float[] vector) {
    super(NAME, vector);
    this.plan = plan;
    this.parts = parts;
  }

  @Override
  public Activity updateOutput(Activity input) {
    MicroBatch batch = (MicroBatch) input;
    int count = batch.rows().count();
    float[] logits = new float[Math.max(1, count * plan.layout().tasks().size())];
    if (count > 0) {
      open();
      model.forward(view.weights(weightArray(), weightOffset()), batch.rows(), batch.key(), logits);
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
      open();
      float[] vector = gradientArray();
      int offset = gradientOffset();
      model.backward(
          view.bound(), batch.rows(), Tensors.array(gradOutput), view.gradients(vector, offset));
      view.spread(vector, offset);
    }
  }

  private void open() {
    if (model == null) {
      model = plan.model().create(plan.layout());
      view = new SlotView(plan.slots(model.parameters(), parts));
    }
  }
}
