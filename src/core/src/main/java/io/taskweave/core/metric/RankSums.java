package io.taskweave.core.metric;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Sums over samples in ascending order of score, from which AUC (ties half), log loss, calibration
 * and normalised entropy follow, for the data themselves (index 0) and for every bootstrap
 * replicate (from 1).
 *
 * <p>Sums of consecutive ranges of scores append: with a the weight of pairs (positive above
 * negative) inside a range, p and n the weights of its positives and negatives, the ranges X below
 * Y together have {@code a = aX + aY + pY * nX}, {@code p = pX + pY}, {@code n = nX + nY}. So each
 * partition of a range-partitioned data set is scanned once, on its own, provided that no score
 * lies in two partitions.
 */
public final class RankSums implements Serializable {
  private static final long serialVersionUID = 1;

  private final double[] ordered;
  private final double[] positives;
  private final double[] negatives;
  private final double[] loss;
  private final double[] predicted;
  private long rows;
  private long positiveRows;

  private transient double[] tiedPositives;
  private transient double[] tiedNegatives;
  private transient double tiedScore;
  private transient boolean open;

  public RankSums(int replicates) {
    ordered = new double[replicates + 1];
    positives = new double[replicates + 1];
    negatives = new double[replicates + 1];
    loss = new double[replicates + 1];
    predicted = new double[replicates + 1];
  }

  /**
   * Adds a sample whose score is not below that of the one before.
   *
   * @param score probability in [0, 1]
   * @param weight positive
   * @param multiplicities of the sample's user, see {@link BootstrapWeights#fill}
   */
  public void add(double score, boolean positive, double weight, byte[] multiplicities) {
    if (open && score < tiedScore) {
      throw new IllegalArgumentException(
          "Cannot rank: scores must ascend (" + score + " after " + tiedScore + ")");
    }
    if (!open) {
      tiedPositives = new double[ordered.length];
      tiedNegatives = new double[ordered.length];
      open = true;
    } else if (score > tiedScore) {
      closeTie();
    }
    tiedScore = score;
    double[] tied = positive ? tiedPositives : tiedNegatives;
    double term = weight * LogLossTerm.of(score, positive);
    double expected = weight * score;
    for (int replicate = 0; replicate < tied.length; replicate++) {
      double times = multiplicities[replicate];
      tied[replicate] += times * weight;
      loss[replicate] += times * term;
      predicted[replicate] += times * expected;
    }
    rows++;
    positiveRows += positive ? 1 : 0;
  }

  /** Ends the range; nothing more is added afterwards. */
  public RankSums close() {
    if (open) {
      closeTie();
      open = false;
      tiedPositives = null;
      tiedNegatives = null;
    }
    return this;
  }

  /** Appends a closed range whose scores are all above those of this closed one. */
  public RankSums append(RankSums higher) {
    for (int replicate = 0; replicate < ordered.length; replicate++) {
      ordered[replicate] +=
          higher.ordered[replicate] + higher.positives[replicate] * negatives[replicate];
      positives[replicate] += higher.positives[replicate];
      negatives[replicate] += higher.negatives[replicate];
      loss[replicate] += higher.loss[replicate];
      predicted[replicate] += higher.predicted[replicate];
    }
    rows += higher.rows;
    positiveRows += higher.positiveRows;
    return this;
  }

  /** Samples added, whatever their weight. */
  public long rows() {
    return rows;
  }

  public long positiveRows() {
    return positiveRows;
  }

  /** Area under the ROC curve; NaN without positives or without negatives. */
  public double auc(int replicate) {
    return ordered[replicate] / positives[replicate] / negatives[replicate];
  }

  /** Mean binary cross-entropy in nats; NaN without rows. */
  public double logLoss(int replicate) {
    return loss[replicate] / (positives[replicate] + negatives[replicate]);
  }

  /** Sum of predicted probabilities over the sum of labels; NaN without positives. */
  public double calibration(int replicate) {
    return positives[replicate] == 0 ? Double.NaN : predicted[replicate] / positives[replicate];
  }

  /**
   * Log loss over the entropy of the base rate: 1 for a model that knows the base rate only, lower
   * is better (He et al., "Practical Lessons from Predicting Clicks on Ads at Facebook", 2014); NaN
   * where one label is missing.
   */
  public double normalisedEntropy(int replicate) {
    double rate = positives[replicate] / (positives[replicate] + negatives[replicate]);
    double entropy = -rate * Math.log(rate) - (1 - rate) * Math.log1p(-rate);
    return logLoss(replicate) / entropy;
  }

  /** Why AUC and entropy are undefined; empty where they are not. */
  public String reason() {
    if (rows == 0) {
      return "no rows";
    }
    if (positives[0] == 0) {
      return "no positives";
    }
    return negatives[0] == 0 ? "no negatives" : "";
  }

  private void closeTie() {
    for (int replicate = 0; replicate < ordered.length; replicate++) {
      ordered[replicate] +=
          tiedPositives[replicate] * (negatives[replicate] + 0.5 * tiedNegatives[replicate]);
      positives[replicate] += tiedPositives[replicate];
      negatives[replicate] += tiedNegatives[replicate];
    }
    Arrays.fill(tiedPositives, 0);
    Arrays.fill(tiedNegatives, 0);
  }
}
