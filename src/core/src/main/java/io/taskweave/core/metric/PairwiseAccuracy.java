package io.taskweave.core.metric;

import java.io.Serializable;

/**
 * Share of pairs, one positive and one negative sample of a user, in which the positive has the
 * strictly higher score. With one pair a user this is what the evaluation of TIN and DIN on product
 * reviews calls GAUC; a tie counts as wrong, not as half, so it is no AUC.
 */
public final class PairwiseAccuracy implements Serializable {
  private static final long serialVersionUID = 1;

  private long pairs;
  private long right;

  public void add(double positiveScore, double negativeScore) {
    pairs++;
    right += positiveScore > negativeScore ? 1 : 0;
  }

  public void merge(PairwiseAccuracy other) {
    pairs += other.pairs;
    right += other.right;
  }

  public long pairs() {
    return pairs;
  }

  /** In [0, 1]; NaN before the first pair. */
  public double value() {
    return (double) right / pairs;
  }
}
