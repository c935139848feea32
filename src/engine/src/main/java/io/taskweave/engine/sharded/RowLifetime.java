package io.taskweave.engine.sharded;

import io.taskweave.core.error.ConfigurationException;
import java.io.Serializable;

/**
 * From when on an id has a row of its own, and until when.
 *
 * <p>An id gets its row in the step in which it is seen for the {@code minimumCount}-th time; steps
 * count, not the samples within one. Before that it has the values that its row will start with, in
 * training, validation and export, and its gradients are dropped. At the end of an epoch the rows
 * that no step of the last {@code unseenEpochs} epochs has held leave; an id whose row has left is
 * new again. Padding and out of vocabulary always have rows.
 *
 * @param minimumCount 1 for a row at first sight
 * @param unseenEpochs 0 for rows that stay for ever
 */
public record RowLifetime(int minimumCount, int unseenEpochs) implements Serializable {
  /** Rows at first sight, that stay. */
  public static final RowLifetime UNBOUNDED = new RowLifetime(1, 0);

  public RowLifetime {
    if (minimumCount < 1 || unseenEpochs < 0) {
      throw new ConfigurationException(
          "Cannot bound the life of rows: the minimum count must be at least 1 and unseen epochs at"
              + " least 0 ("
              + minimumCount
              + ", "
              + unseenEpochs
              + "), set training.rows anew");
    }
  }

  /** Whether an id waits for its row. */
  boolean admits() {
    return minimumCount > 1;
  }

  /** Whether rows leave. */
  boolean evicts() {
    return unseenEpochs > 0;
  }

  /**
   * The first of the steps of which one must have held a row for it to stay.
   *
   * @param step last step of an epoch
   */
  long since(long step, int stepsPerEpoch) {
    return evicts() ? step - (long) unseenEpochs * stepsPerEpoch + 1 : Long.MIN_VALUE;
  }
}
