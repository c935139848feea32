package io.taskweave.core.parameter;

import java.util.ArrayList;
import java.util.List;

/**
 * One thread's view of a vector with gradient slots, as a model wants it. Weights are read where
 * they lie, but for a parameter that a cut between two parts divides, which is copied. Gradients
 * with a slot a task are computed apart and then spread over the slots.
 */
public final class SlotView {
  private final SlotLayout layout;
  private final float[][] copies;
  private final float[][] taskGradients;
  private ParameterStorage bound;

  public SlotView(SlotLayout layout) {
    this.layout = layout;
    GradientSlots slots = layout.slots();
    this.copies = new float[layout.parameters().count()][];
    this.taskGradients = slots.tasks() == 1 ? null : new float[slots.tasks()][slots.shared()];
  }

  /** Where the parameters are to be read, until the vector changes. */
  public ParameterStorage weights(float[] vector, int offset) {
    GradientSlots slots = layout.slots();
    ParameterStorage storage = new ParameterStorage(copies.length);
    for (int i = 0; i < copies.length; i++) {
      int weight = layout.firstWeight(i);
      int size = layout.parameters().get(i).size();
      if (slots.contiguous(weight) >= size) {
        storage.bind(i, vector, offset + slots.weightPlace(weight));
      } else {
        if (copies[i] == null) {
          copies[i] = new float[size];
        }
        slots.copyWeights(vector, offset, weight, copies[i], 0, size);
        storage.bind(i, copies[i], 0);
      }
    }
    bound = storage;
    return storage;
  }

  /** What the last {@link #weights} returned: a backward pass reads what the forward pass did. */
  public ParameterStorage bound() {
    return bound;
  }

  /** Where a backward pass adds; {@link #spread} must follow it. */
  public Gradients gradients(float[] vector, int offset) {
    if (taskGradients == null) {
      return Gradients.summed(storage(vector, offset, null));
    }
    List<ParameterStorage> byTask = new ArrayList<>();
    for (float[] gradients : taskGradients) {
      byTask.add(storage(vector, offset, gradients));
    }
    return Gradients.perTask(byTask);
  }

  private ParameterStorage storage(float[] vector, int offset, float[] ofTask) {
    ParameterStorage storage = new ParameterStorage(copies.length);
    for (int i = 0; i < copies.length; i++) {
      int weight = layout.firstWeight(i);
      if (ofTask != null && layout.slotted(i)) {
        storage.bind(i, ofTask, weight);
      } else {
        storage.bind(i, vector, offset + layout.slots().gradientPlace(weight, 0));
      }
    }
    return storage;
  }

  /** Adds the tasks' gradients to their slots, and clears them for the next pass. */
  public void spread(float[] vector, int offset) {
    if (taskGradients == null) {
      return;
    }
    int tasks = taskGradients.length;
    for (int task = 0; task < tasks; task++) {
      spread(taskGradients[task], vector, offset + task, tasks);
    }
  }

  private static void spread(float[] gradients, float[] vector, int offset, int stride) {
    for (int i = 0; i < gradients.length; i++) {
      vector[offset + i * stride] += gradients[i];
      gradients[i] = 0;
    }
  }
}
