package io.taskweave.core.sequence;

/** How scores of events become weights. */
public enum AttentionWeights {
  /** They are positive and sum to 1 over a history. */
  SOFTMAX,
  /** Each on its own lies in (0, 1), so that the sum tells how much of a history matters. */
  SIGMOID
}
