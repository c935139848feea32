package io.taskweave.core.model;

/** What the shared gate of PLE mixes; only with several layers is there one. */
public enum SharedGate {
  /** The experts of all tasks and the shared ones, as the paper has it. */
  ALL_EXPERTS,
  /** The shared experts alone, as the baseline in the released code of STEM-Net has it. */
  SHARED_EXPERTS
}
