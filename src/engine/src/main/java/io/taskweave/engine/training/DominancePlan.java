package io.taskweave.engine.training;

import java.io.Serializable;

/**
 * Whether and how a training measures which task dominates what. It has no influence on the
 * weights.
 *
 * @param decay of the average squared updates, in [0, 1)
 * @param burstSteps steps at the end of each epoch at which each task's gradient is computed where
 *     the update rule does not need it; fewer if they would take more than {@link #EXTRA_TIME}
 * @param sample expected elements of each parameter that are measured, at least 1; all of a smaller
 *     one. Where tasks' gradients are kept apart they are measured at each step, and with dense
 *     updates every measured row has its part in each
 */
public record DominancePlan(boolean enabled, double decay, int burstSteps, int sample)
    implements Serializable {
  /** Most time that measuring adds to the steps of an epoch, as a part of theirs. */
  public static final double EXTRA_TIME = 0.10;

  public static final DominancePlan OFF = new DominancePlan(false, 0.99, 50, 1);

  public DominancePlan {
    if (!(decay >= 0 && decay < 1) || burstSteps < 1 || sample < 1) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot measure dominance: need a decay in [0, 1), and steps and elements of at"
                  + " least 1 (%s, %d, %d)",
              decay, burstSteps, sample));
    }
  }
}
