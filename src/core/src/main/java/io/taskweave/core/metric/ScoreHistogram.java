package io.taskweave.core.metric;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A sparse histogram of probabilities by label. Histograms of parts merge into that of the whole,
 * so AUC while training needs no shuffle.
 *
 * <p>The key is the upper bits of the score's float, which for non-negative floats are in the order
 * of the scores: sign, exponent and 15 bits of mantissa, that is a relative width of 3e-5. Scores
 * of one bin count as ties, half each, so AUC is off by at most {@link #aucErrorBound}.
 */
public final class ScoreHistogram implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int DROPPED_BITS = 8;
  private static final int EMPTY = -1;
  private static final int INITIAL_CAPACITY = 1024;

  private int[] keys = newKeys(INITIAL_CAPACITY);
  private long[] positives = new long[INITIAL_CAPACITY];
  private long[] negatives = new long[INITIAL_CAPACITY];
  private int bins;
  private long totalPositives;
  private long totalNegatives;
  private double logLossSum;

  /**
   * Counts one labelled sample.
   *
   * @param probability in [0, 1]
   * @throws IllegalArgumentException for anything else, NaN included
   */
  public void add(float probability, boolean positive) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "Cannot count a score: not a probability (" + probability + ")");
    }
    // Adding 0 turns -0.0 into 0.0, whose sign bit is clear.
    int key = Float.floatToRawIntBits(probability + 0f) >>> DROPPED_BITS;
    count(key, positive ? 1 : 0, positive ? 0 : 1);
    logLossSum += LogLossTerm.of(probability, positive);
  }

  /** Adds the counts of another histogram to this one. */
  public ScoreHistogram merge(ScoreHistogram other) {
    int[] otherKeys = other.keys.clone();
    for (int slot = 0; slot < otherKeys.length; slot++) {
      if (otherKeys[slot] != EMPTY) {
        count(otherKeys[slot], other.positives[slot], other.negatives[slot]);
      }
    }
    logLossSum += other.logLossSum;
    return this;
  }

  public long rows() {
    return totalPositives + totalNegatives;
  }

  public long positives() {
    return totalPositives;
  }

  /** Number of distinct bins in use. */
  public int bins() {
    return bins;
  }

  /** AUC with ties half; NaN without positives or without negatives. */
  public double auc() {
    int[] sorted = new int[bins];
    int next = 0;
    for (int key : keys) {
      if (key != EMPTY) {
        sorted[next++] = key;
      }
    }
    Arrays.sort(sorted);
    double below = 0;
    double area = 0;
    for (int key : sorted) {
      int slot = slotOf(key);
      area += positives[slot] * (below + 0.5 * negatives[slot]);
      below += negatives[slot];
    }
    return area / totalPositives / totalNegatives;
  }

  /** No more than this lies between {@link #auc} and the AUC of the unbinned scores. */
  public double aucErrorBound() {
    double undecided = 0;
    for (int slot = 0; slot < keys.length; slot++) {
      undecided += (double) positives[slot] * negatives[slot];
    }
    return 0.5 * undecided / totalPositives / totalNegatives;
  }

  /** Mean binary cross-entropy of the unbinned scores, in nats; NaN without rows. */
  public double logLoss() {
    return logLossSum / rows();
  }

  private void count(int key, long morePositives, long moreNegatives) {
    int slot = slotOf(key);
    if (keys[slot] == EMPTY) {
      if (2 * (bins + 1) > keys.length) {
        grow();
        slot = slotOf(key);
      }
      keys[slot] = key;
      bins++;
    }
    positives[slot] += morePositives;
    negatives[slot] += moreNegatives;
    totalPositives += morePositives;
    totalNegatives += moreNegatives;
  }

  /** The slot of a key, or the empty one where it belongs. */
  private int slotOf(int key) {
    int mask = keys.length - 1;
    int slot = (key * 0x9E3779B9) >>> 7 & mask;
    while (keys[slot] != EMPTY && keys[slot] != key) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    int[] oldKeys = keys;
    long[] oldPositives = positives;
    long[] oldNegatives = negatives;
    keys = newKeys(Math.multiplyExact(oldKeys.length, 2));
    positives = new long[keys.length];
    negatives = new long[keys.length];
    for (int old = 0; old < oldKeys.length; old++) {
      if (oldKeys[old] != EMPTY) {
        int slot = slotOf(oldKeys[old]);
        keys[slot] = oldKeys[old];
        positives[slot] = oldPositives[old];
        negatives[slot] = oldNegatives[old];
      }
    }
  }

  private static int[] newKeys(int capacity) {
    int[] fresh = new int[capacity];
    Arrays.fill(fresh, EMPTY);
    return fresh;
  }
}
