package io.taskweave.core.metric;

/** AUC of one user, over his samples in ascending order of score. Reused from user to user. */
public final class UserAuc {
  private static final byte[] ONCE = {1};

  private RankSums sums = new RankSums(0);
  private double weight;
  private double positiveWeight;

  public void add(double score, boolean positive, double sampleWeight) {
    sums.add(score, positive, sampleWeight, ONCE);
    weight += sampleWeight;
    positiveWeight += positive ? sampleWeight : 0;
  }

  /** Ends the user: hands his AUC to the sums and is ready for the next one. */
  public void endUser(Iterable<GroupedAuc> cells, byte[] multiplicities) {
    if (sums.rows() > 0) {
      double auc = sums.close().auc(0);
      for (GroupedAuc cell : cells) {
        cell.addUser(auc, weight, positiveWeight, sums.rows(), sums.positiveRows(), multiplicities);
      }
    }
    sums = new RankSums(0);
    weight = 0;
    positiveWeight = 0;
  }
}
