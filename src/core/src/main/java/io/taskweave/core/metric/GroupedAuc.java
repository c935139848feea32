package io.taskweave.core.metric;

import java.io.Serializable;

/**
 * GAUC: the weighted mean of the users' AUCs, over users with a positive and a negative sample, for
 * the data themselves (index 0) and every bootstrap replicate. Sums of disjoint users add.
 */
public final class GroupedAuc implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int WEIGHTINGS = GaucWeighting.values().length;

  private final double[][] weighted;
  private final double[][] weights;
  private long rows;
  private long positiveRows;
  private long used;
  private long skipped;

  public GroupedAuc(int replicates) {
    weighted = new double[WEIGHTINGS][replicates + 1];
    weights = new double[WEIGHTINGS][replicates + 1];
  }

  /**
   * Adds one user.
   *
   * @param auc NaN for a user with one label only, who is counted as skipped
   */
  void addUser(
      double auc,
      double weight,
      double positiveWeight,
      long userRows,
      long userPositiveRows,
      byte[] multiplicities) {
    rows += userRows;
    positiveRows += userPositiveRows;
    if (Double.isNaN(auc)) {
      skipped++;
      return;
    }
    used++;
    add(GaucWeighting.SAMPLES, auc, weight, multiplicities);
    add(GaucWeighting.POSITIVES, auc, positiveWeight, multiplicities);
    add(GaucWeighting.NONE, auc, 1, multiplicities);
  }

  private void add(GaucWeighting weighting, double auc, double weight, byte[] multiplicities) {
    double[] numerator = weighted[weighting.index()];
    double[] denominator = weights[weighting.index()];
    for (int replicate = 0; replicate < numerator.length; replicate++) {
      numerator[replicate] += multiplicities[replicate] * weight * auc;
      denominator[replicate] += multiplicities[replicate] * weight;
    }
  }

  /** Adds the sums of other users. */
  public GroupedAuc merge(GroupedAuc other) {
    for (int weighting = 0; weighting < WEIGHTINGS; weighting++) {
      for (int replicate = 0; replicate < weights[weighting].length; replicate++) {
        weighted[weighting][replicate] += other.weighted[weighting][replicate];
        weights[weighting][replicate] += other.weights[weighting][replicate];
      }
    }
    rows += other.rows;
    positiveRows += other.positiveRows;
    used += other.used;
    skipped += other.skipped;
    return this;
  }

  /** NaN where no user has both labels. */
  public double value(GaucWeighting weighting, int replicate) {
    return weighted[weighting.index()][replicate] / weights[weighting.index()][replicate];
  }

  public long rows() {
    return rows;
  }

  public long positiveRows() {
    return positiveRows;
  }

  /** Users with a positive and a negative sample. */
  public long used() {
    return used;
  }

  public long skipped() {
    return skipped;
  }
}
