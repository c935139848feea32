package io.taskweave.core.sequence;

/** A vector that a sequence contributes to a model's inputs. */
public enum InterestColumn {
  /** The pooled history. */
  POOLED,
  /**
   * The target with its temporal row. It stands for the target's own fields, which are then no
   * inputs beside it.
   */
  TARGET,
  /** Pooled history and target multiplied: the target-aware representation. */
  PRODUCT
}
