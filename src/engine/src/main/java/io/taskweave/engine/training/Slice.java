package io.taskweave.engine.training;

import io.taskweave.core.parameter.GradientSlots;

/** Elements [start, end) of what all parts hold together. */
record Slice(int start, int end) {
  /**
   * What one part accumulates, of one array of the rule: for each of its shared weights an element
   * a task, or just one, then an element for each other weight. How the vector is cut does not
   * change the whole.
   */
  static Slice accumulated(GradientSlots slots, boolean perTask, int index) {
    GradientSlots.Part part = slots.part(index);
    int each = perTask ? slots.tasks() : 1;
    int beforeSingles = slots.shared() * (each - 1);
    int start = part.shared() > 0 ? part.firstShared() * each : beforeSingles + part.firstSingle();
    return new Slice(start, start + part.shared() * each + part.single());
  }

  int length() {
    return end - start;
  }
}
