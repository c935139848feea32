package io.taskweave.core.correlation;

import io.taskweave.core.metric.Interval;
import io.taskweave.core.random.CounterRandom;

/**
 * Sampling error of a mutual information from its counts alone: in every replicate each of the four
 * cells is drawn anew from a Poisson distribution with its count as mean, as if each row counted
 * Poisson(1) times. Rows are taken as independent; several rows of one user make the true interval
 * wider.
 */
public final class MutualInformationBootstrap {
  private static final double NORMAL_FROM = 50;

  private final long seed;
  private final int replicates;

  /**
   * @param replicates at least 1
   */
  public MutualInformationBootstrap(long seed, int replicates) {
    if (replicates < 1) {
      throw new IllegalArgumentException(
          "Cannot bootstrap: replicates must be positive (" + replicates + ")");
    }
    this.seed = seed;
    this.replicates = replicates;
  }

  /**
   * Central 95 percent of the replicates of the corrected mutual information.
   *
   * @param cell number that tells this matrix cell's draws from others'
   */
  public Interval interval(LabelCounts counts, long cell) {
    double[] values = new double[replicates];
    long key = CounterRandom.mix(seed, cell);
    for (int r = 0; r < replicates; r++) {
      long replicate = CounterRandom.mix(key, r);
      double positivesWith = poisson(counts.positivesWith(), replicate, 0);
      double negativesWith = poisson(counts.negativesWith(), replicate, 1);
      double positives =
          positivesWith + poisson(counts.positives() - counts.positivesWith(), replicate, 2);
      double negatives =
          negativesWith + poisson(counts.negatives() - counts.negativesWith(), replicate, 3);
      values[r] =
          new LabelCounts(positivesWith, negativesWith, positives, negatives)
              .correctedMutualInformation();
    }
    return Interval.of(values);
  }

  /** A Poisson number, by inversion below a mean where the normal one is close enough. */
  private static double poisson(double mean, long replicate, int which) {
    if (mean >= NORMAL_FROM) {
      double draw = mean + Math.sqrt(mean) * CounterRandom.gaussian(replicate, which);
      return Math.max(0, Math.rint(draw));
    }
    double uniform = CounterRandom.uniform(CounterRandom.mix(replicate, which), 0);
    double probability = Math.exp(-mean);
    double cumulated = probability;
    int value = 0;
    while (uniform >= cumulated && probability > 0) {
      value++;
      probability *= mean / value;
      cumulated += probability;
    }
    return value;
  }
}
