package io.taskweave.core.sequence;

/** How much each event of a history counts. */
public enum AttentionKind {
  /** All the same: the mean of the events, whatever the target. */
  MEAN,
  /** By the scaled dot product of event and target. */
  DOT,
  /** By a perceptron over [target, event, target - event, target x event] (DIN). */
  PERCEPTRON,
  /** Events and target attend to each other; the mean of the results counts. */
  SELF
}
