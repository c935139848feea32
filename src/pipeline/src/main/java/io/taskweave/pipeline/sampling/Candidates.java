package io.taskweave.pipeline.sampling;

import java.io.Serializable;

/** The items out of which the negatives of an event may be drawn, by their places. */
interface Candidates extends Serializable {
  /** No candidate: the draw fell on something that does not count. */
  int NONE = -1;

  /**
   * One draw of an item.
   *
   * @param time of the event, epoch milliseconds
   * @param uniform in [0, 1)
   * @return its place, or {@link #NONE} for another draw
   */
  int draw(long time, double uniform);

  /** Every candidate of an event once. */
  int[] all(long time);

  /** What a candidate counts in proportion to the others. */
  default long weight(int item) {
    return 1;
  }
}
