package io.taskweave.engine.sharded;

/** What happens in a step to the rows of ids that the step's batch does not hold. */
public enum RowUpdates {
  /**
   * They are updated like all others, by a gradient of zero and their L2 term. The reference: a
   * step takes time in proportion to the tables.
   */
  DENSE,
  /**
   * Nothing: their weights and accumulators wait. Corrections of the rule's bias count the steps of
   * the training, not those of the row.
   */
  LAZY,
  /**
   * Nothing now: the steps that a row has missed, all with a gradient of zero, are made up for when
   * it is next read.
   */
  CATCH_UP;

  /** The name in configurations. */
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
