package io.taskweave.core.correlation;

/**
 * Rows of one target category, counted by label and by whether the behaviour at one position is of
 * one category. A row whose history does not reach the position counts as without.
 *
 * @param positivesWith positive rows with the behaviour
 * @param negativesWith negative rows with it
 * @param positives positive rows
 * @param negatives negative rows
 */
public record LabelCounts(
    double positivesWith, double negativesWith, double positives, double negatives) {
  public LabelCounts {
    if (!(positivesWith >= 0 && positivesWith <= positives)
        || !(negativesWith >= 0 && negativesWith <= negatives)
        || Double.isInfinite(positives + negatives)) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot count: %s of %s positive and %s of %s negative rows",
              positivesWith, positives, negativesWith, negatives));
    }
  }

  public double rows() {
    return positives + negatives;
  }

  /**
   * Mutual information of behaviour and label in bits: sum over the four cells of p(x, y) log2(p(x,
   * y) / (p(x) p(y))), where 0 log 0 = 0. It lies in [0, 1]; NaN without rows.
   */
  public double mutualInformation() {
    double with = positivesWith + negativesWith;
    double without = rows() - with;
    double sum =
        term(positivesWith, with, positives)
            + term(negativesWith, with, negatives)
            + term(positives - positivesWith, without, positives)
            + term(negatives - negativesWith, without, negatives);
    // Rounding can leave a hair below zero.
    return Math.max(0, sum / rows());
  }

  private double term(double cell, double ofBehaviour, double ofLabel) {
    // The quotients stay near 1 where a product of counts could overflow.
    return cell == 0 ? 0 : cell * Math.log((cell / ofBehaviour) * (rows() / ofLabel)) / Math.log(2);
  }

  /**
   * What independence alone would be expected to show in bits, to first order (Miller and Madow,
   * 1955): (cells - rows of the table - columns of it + 1) / (2 n ln 2), counting those that are
   * not empty. So 1 / (2 n ln 2) in a full table, and 0 where a label or a behaviour does not vary.
   */
  public double bias() {
    double with = positivesWith + negativesWith;
    int cells =
        filled(positivesWith)
            + filled(negativesWith)
            + filled(positives - positivesWith)
            + filled(negatives - negativesWith);
    int behaviours = filled(with) + filled(rows() - with);
    int labels = filled(positives) + filled(negatives);
    return Math.max(0, cells - behaviours - labels + 1) / (2 * rows() * Math.log(2));
  }

  private static int filled(double count) {
    return count > 0 ? 1 : 0;
  }

  /** Mutual information less its bias, and not below 0. */
  public double correctedMutualInformation() {
    return Math.max(0, mutualInformation() - bias());
  }
}
