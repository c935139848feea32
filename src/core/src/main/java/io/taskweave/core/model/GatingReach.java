package io.taskweave.core.model;

import java.util.BitSet;

/**
 * Which parts of a stack of gating layers the loss of which task reaches. Views 0 to T - 1 are the
 * tasks', view T is the shared one.
 *
 * <p>A task gate passes gradients to its own and the shared experts; the shared gate passes them to
 * all, unless strict. So in the default mode a task reaches every other task's tables as soon as
 * there are two layers.
 */
final class GatingReach {
  private final int tasks;
  private final boolean strict;
  private final boolean stopGradient;

  /**
   * @param strict whether the shared gate stops gradients to task experts
   * @param stopGradient whether any gate stops gradients; false only to see that tests notice
   */
  GatingReach(int tasks, boolean strict, boolean stopGradient) {
    this.tasks = tasks;
    this.strict = strict;
    this.stopGradient = stopGradient;
  }

  /** Whether gate {@code gate} passes gradients to the experts of view {@code view}. */
  boolean passes(int gate, int view) {
    if (!stopGradient || view == tasks || view == gate) {
      return true;
    }
    return gate == tasks && !strict;
  }

  /** The views whose experts, and so whose inputs, get a gradient if these outputs have one. */
  BitSet inputs(BitSet outputs) {
    BitSet inputs = new BitSet();
    for (int view = 0; view <= tasks; view++) {
      for (int gate = outputs.nextSetBit(0); gate >= 0; gate = outputs.nextSetBit(gate + 1)) {
        if (passes(gate, view)) {
          inputs.set(view);
        }
      }
    }
    return inputs;
  }

  /** The outputs of layer {@code layer} of {@code layers} that one task's loss reaches. */
  BitSet outputs(int task, int layer, int layers) {
    BitSet live = new BitSet();
    live.set(task);
    for (int l = layers - 1; l > layer; l--) {
      live = inputs(live);
    }
    return live;
  }

  /** The tasks whose loss reaches output {@code view} of a layer. */
  BitSet tasksOfOutput(int view, int layer, int layers) {
    BitSet reached = new BitSet();
    for (int task = 0; task < tasks; task++) {
      reached.set(task, outputs(task, layer, layers).get(view));
    }
    return reached;
  }

  /** The tasks whose loss reaches the experts, and so the input, of a view in a layer. */
  BitSet tasksOfInput(int view, int layer, int layers) {
    BitSet reached = new BitSet();
    for (int task = 0; task < tasks; task++) {
      reached.set(task, inputs(outputs(task, layer, layers)).get(view));
    }
    return reached;
  }
}
