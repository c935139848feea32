package io.taskweave.core.sequence;

/** What the temporal encoding of an event looks at. */
public enum TemporalKind {
  /** Nothing: events have no temporal encoding. */
  NONE,
  /** How many events ago it was, counted from the target: 1 is the most recent one. */
  POSITION,
  /** The bucket of the time between the event and the sample. */
  INTERVAL
}
