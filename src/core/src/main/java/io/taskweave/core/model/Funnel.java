package io.taskweave.core.model;

import io.taskweave.core.error.InputRejectedException;

/** Whether labels are those of a funnel, in which each task implies the one before. */
public final class Funnel {
  private Funnel() {}

  /**
   * Checks two tasks that follow on each other.
   *
   * @param positives samples with a positive label of the second task
   * @param outside those of them whose label of the first task is negative; unknown ones are no
   *     evidence
   * @throws InputRejectedException if there are such
   */
  public static void require(
      String model, String first, String second, long positives, long outside) {
    if (outside > 0) {
      throw new InputRejectedException(
          "Cannot train "
              + model
              + ": it assumes that "
              + second
              + " implies "
              + first
              + ", but samples have the one without the other ("
              + outside
              + " of "
              + positives
              + "), order the tasks as a funnel or choose another model.type");
    }
  }
}
