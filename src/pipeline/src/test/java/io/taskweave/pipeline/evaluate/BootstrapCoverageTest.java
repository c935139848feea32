package io.taskweave.pipeline.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.metric.BootstrapWeights;
import io.taskweave.core.metric.Interval;
import io.taskweave.core.metric.RankSums;
import io.taskweave.core.random.CounterRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Intervals over users against cases whose truth is known. */
class BootstrapCoverageTest {
  private static final int REPLICATES = 200;
  private static final int DATA_SETS = 400;
  private static final int USERS = 120;

  private record Sample(long user, double score, boolean positive) {}

  @Test
  void aboutNineteenOfTwentyIntervalsHoldTheTrueAuc() {
    // Positives score uniformly in [0, 1], negatives like its square: P(x > y^2) = 2/3.
    int held = 0;
    for (int set = 0; set < DATA_SETS; set++) {
      Random random = new Random(set);
      List<Sample> samples = new ArrayList<>();
      for (long user = 0; user < USERS; user++) {
        for (int row = 0; row < 3; row++) {
          boolean positive = random.nextInt(3) == 0;
          double score = random.nextDouble();
          samples.add(new Sample(user, positive ? score : score * score, positive));
        }
      }
      Interval interval = aucInterval(samples, set);
      held += interval.low() <= 2.0 / 3 && 2.0 / 3 <= interval.high() ? 1 : 0;
    }
    // 95 percent, three deviations of a binomial of 400 to either side and a percentile's bias.
    assertThat(held / (double) DATA_SETS).isBetween(0.90, 0.98);
  }

  @Test
  void rowsOfOneUserDoNotCountAsIndependent() {
    List<Sample> once = new ArrayList<>();
    Random random = new Random(5);
    for (long user = 0; user < USERS; user++) {
      once.add(new Sample(user, random.nextDouble(), user % 2 == 0));
    }
    List<Sample> tenTimes = new ArrayList<>();
    once.forEach(sample -> tenTimes.addAll(java.util.Collections.nCopies(10, sample)));
    assertThat(width(aucInterval(tenTimes, 1))).isEqualTo(width(aucInterval(once, 1)));
  }

  private static double width(Interval interval) {
    return Math.round((interval.high() - interval.low()) * 1e12) / 1e12;
  }

  private static Interval aucInterval(List<Sample> samples, long seed) {
    BootstrapWeights bootstrap = new BootstrapWeights(seed, REPLICATES);
    byte[] multiplicities = new byte[REPLICATES + 1];
    RankSums sums = new RankSums(REPLICATES);
    samples.stream()
        .sorted(Comparator.comparingDouble(Sample::score))
        .forEach(
            sample -> {
              bootstrap.fill(CounterRandom.mix(sample.user(), 0), multiplicities);
              sums.add(sample.score(), sample.positive(), 1, multiplicities);
            });
    sums.close();
    double[] values = new double[REPLICATES];
    for (int replicate = 0; replicate < REPLICATES; replicate++) {
      values[replicate] = sums.auc(replicate + 1);
    }
    return Interval.of(values);
  }
}
