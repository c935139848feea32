package io.taskweave.core.sample;

/** What orders the events of a user's history. */
public enum SequenceOrder {
  /** Each event has a time; a sample sees those that lie before its own. */
  TIME,
  /** Events have no times, only their order; they all lie before every sample. */
  POSITION
}
