package io.taskweave.core.model;

/** What a task's gate looks at. */
public enum GateInput {
  /**
   * The sum of the task's own and the shared embedding, as the released code of STEM-Net has it.
   */
  OWN_PLUS_SHARED,
  /** The task's own embedding, as the overview figure draws it. */
  OWN
}
