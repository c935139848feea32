package io.taskweave.core.parameter;

/**
 * A model's parameters in a vector with gradient slots: first those that several tasks reach, then
 * the others, each in the order of the model. A parameter that only some of the tasks reach has a
 * slot for each of them all the same.
 */
public final class SlotLayout {
  private final ParameterLayout layout;
  private final GradientSlots slots;
  private final int[] first;

  private SlotLayout(ParameterLayout layout, GradientSlots slots, int[] first) {
    this.layout = layout;
    this.slots = slots;
    this.first = first;
  }

  /** One place a weight: gradients are summed over tasks. */
  public static SlotLayout summed(ParameterLayout layout, int parts) {
    return of(layout, 1, parts);
  }

  /**
   * One slot a task for what several tasks reach.
   *
   * @param tasks tasks of the model
   * @param parts equal parts of the vector
   */
  public static SlotLayout perTask(ParameterLayout layout, int tasks, int parts) {
    return of(layout, tasks, parts);
  }

  private static SlotLayout of(ParameterLayout layout, int tasks, int parts) {
    int[] first = new int[layout.count()];
    int shared = 0;
    for (int i = 0; i < first.length; i++) {
      if (tasks > 1 && layout.get(i).shared()) {
        first[i] = shared;
        shared += layout.get(i).size();
      }
    }
    int next = shared;
    for (int i = 0; i < first.length; i++) {
      if (tasks == 1 || !layout.get(i).shared()) {
        first[i] = next;
        next += layout.get(i).size();
      }
    }
    int slotted = shared == 0 ? 1 : tasks;
    return new SlotLayout(layout, new GradientSlots(slotted, shared, next - shared, parts), first);
  }

  public ParameterLayout parameters() {
    return layout;
  }

  public GradientSlots slots() {
    return slots;
  }

  /** A parameter's first weight in the order of the slots. */
  public int firstWeight(int index) {
    return first[index];
  }

  /** Whether a parameter has a gradient a task. */
  public boolean slotted(int index) {
    return first[index] < slots.shared();
  }

  /** The vector of weights with the given values, which lie in the model's own order. */
  public float[] vector(float[] values) {
    float[] ordered = new float[slots.weights()];
    for (int i = 0; i < layout.count(); i++) {
      System.arraycopy(values, layout.offset(i), ordered, first[i], layout.get(i).size());
    }
    float[] vector = new float[slots.size()];
    slots.putWeights(ordered, vector, 0);
    return vector;
  }

  /** The values of a vector of weights in the model's own order. */
  public float[] values(float[] vector) {
    float[] values = new float[layout.size()];
    for (int i = 0; i < layout.count(); i++) {
      slots.copyWeights(vector, 0, first[i], values, layout.offset(i), layout.get(i).size());
    }
    return values;
  }
}
