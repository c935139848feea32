package io.taskweave.core.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RankSumsTest {
  private static final byte[] ONCE = {1};

  @Property(tries = 200)
  void aucEqualsCountingPairsWithTiesHalf(
      @ForAll @IntRange(min = 0, max = 60) int rows,
      @ForAll @IntRange(min = 1, max = 12) int levels,
      @ForAll long seed) {
    Data data = Data.random(rows, levels, seed);
    assertThat(data.sums(0, rows).auc(0)).isEqualTo(data.bruteForce(), within(1e-12));
  }

  @Property(tries = 100)
  void rangesOfScoresAppend(@ForAll @IntRange(min = 0, max = 40) int cut, @ForAll long seed) {
    Data data = Data.random(41, 1000, seed);
    while (cut > 0 && data.scores[cut] == data.scores[cut - 1]) {
      cut--;
    }
    RankSums joined = data.sums(0, cut).append(data.sums(cut, 41));
    assertThat(joined.auc(0)).isEqualTo(data.bruteForce(), within(1e-12));
    assertThat(joined.logLoss(0)).isEqualTo(data.sums(0, 41).logLoss(0), within(1e-12));
  }

  @Property(tries = 100)
  void histogramAucLiesWithinItsBound(@ForAll long seed) {
    Data data = Data.random(301, 100_000_000, seed);
    ScoreHistogram whole = new ScoreHistogram();
    ScoreHistogram first = new ScoreHistogram();
    ScoreHistogram second = new ScoreHistogram();
    for (int row = 0; row < 301; row++) {
      float score = (float) (0.5 + data.scores[row] / 1000);
      data.scores[row] = score;
      whole.add(score, data.labels[row]);
      (row % 3 == 0 ? first : second).add(score, data.labels[row]);
    }
    double exact = data.bruteForce();
    assertThat(Math.abs(whole.auc() - exact)).isLessThanOrEqualTo(whole.aucErrorBound() + 1e-12);
    assertThat(whole.aucErrorBound()).isGreaterThan(0);
    assertThat(first.merge(second).auc()).isEqualTo(whole.auc());
    assertThat(first.logLoss()).isEqualTo(data.sums(0, 301).logLoss(0), within(1e-12));
  }

  @Test
  void replicatesEqualPhysicalRepetition() {
    Data data = Data.random(50, 7, 3);
    byte[][] times = new byte[50][];
    RankSums sums = new RankSums(1);
    RankSums repeated = new RankSums(0);
    Random random = new Random(5);
    for (int row = 0; row < 50; row++) {
      times[row] = new byte[] {1, (byte) random.nextInt(4)};
      sums.add(data.scores[row], data.labels[row], data.weights[row], times[row]);
      for (int copy = 0; copy < times[row][1]; copy++) {
        repeated.add(data.scores[row], data.labels[row], data.weights[row], ONCE);
      }
    }
    sums.close();
    repeated.close();
    assertThat(sums.auc(1)).isEqualTo(repeated.auc(0), within(1e-12));
    assertThat(sums.logLoss(1)).isEqualTo(repeated.logLoss(0), within(1e-12));
    assertThat(sums.calibration(1)).isEqualTo(repeated.calibration(0), within(1e-12));
    assertThat(sums.normalisedEntropy(1)).isEqualTo(repeated.normalisedEntropy(0), within(1e-12));
  }

  @Test
  void oneLabelOnlyIsUndefinedWithItsReason() {
    assertThat(new RankSums(0).close().reason()).isEqualTo("no rows");
    RankSums negatives = new RankSums(0);
    negatives.add(0.5, false, 1, ONCE);
    assertThat(negatives.close().auc(0)).isNaN();
    assertThat(negatives.reason()).isEqualTo("no positives");
    RankSums positives = new RankSums(0);
    positives.add(0.5, true, 1, ONCE);
    assertThat(positives.close().auc(0)).isNaN();
    assertThat(positives.reason()).isEqualTo("no negatives");
  }

  @Test
  void gaucOfTheSpecificationsFourUsers() {
    GroupedAuc grouped = new GroupedAuc(0);
    UserAuc user = new UserAuc();
    double[][] scores = {{.5, .9, .95}, {.3, .3}, {.1, .2}, {.1, .2}};
    boolean[][] labels = {{false, true, false}, {true, false}, {true, true}, {false, true}};
    for (int u = 0; u < scores.length; u++) {
      for (int row = 0; row < scores[u].length; row++) {
        user.add(scores[u][row], labels[u][row], 1);
      }
      user.endUser(List.of(grouped), ONCE);
    }
    assertThat(grouped.value(GaucWeighting.SAMPLES, 0)).isEqualTo(4.5 / 7, within(1e-12));
    assertThat(grouped.value(GaucWeighting.NONE, 0)).isEqualTo(2.0 / 3, within(1e-12));
    assertThat(grouped.used()).isEqualTo(3);
    assertThat(grouped.skipped()).isEqualTo(1);
  }

  @Test
  void bootstrapWeightsFollowPoissonAndDependOnTheUserAlone() {
    BootstrapWeights weights = new BootstrapWeights(7, 200);
    byte[] times = new byte[201];
    double sum = 0;
    double squares = 0;
    int zeros = 0;
    for (long user = 0; user < 2000; user++) {
      weights.fill(user, times);
      for (int replicate = 1; replicate <= 200; replicate++) {
        sum += times[replicate];
        squares += times[replicate] * times[replicate];
        zeros += times[replicate] == 0 ? 1 : 0;
      }
    }
    double count = 2000.0 * 200;
    assertThat(sum / count).isEqualTo(1, within(0.01));
    assertThat(squares / count).isEqualTo(2, within(0.03));
    assertThat(zeros / count).isEqualTo(Math.exp(-1), within(0.005));
    byte[] again = new byte[201];
    new BootstrapWeights(7, 200).fill(1999, again);
    assertThat(again).isEqualTo(times);
  }

  @Test
  void recordsRoundTripThroughJsonWithNullForUndefined() throws Exception {
    MetricRecord undefined =
        new MetricRecord(
            "auc",
            "like",
            "test",
            "all",
            "",
            Checkpoint.OWN_EPOCH,
            Double.NaN,
            3,
            0,
            0,
            0,
            .1,
            .2,
            "no positives");
    ObjectMapper mapper = new ObjectMapper();
    String json = mapper.writeValueAsString(undefined);
    assertThat(json).contains("\"value\":null", "\"groups_used\":0", "\"ci_low\":0.1");
    assertThat(json).contains("\"checkpoint\":\"own_epoch\"");
    assertThat(mapper.readValue(json, MetricRecord.class)).isEqualTo(undefined);
    MetricRecord without =
        mapper.readValue(json.replace("\"checkpoint\":\"own_epoch\",", ""), MetricRecord.class);
    assertThat(without.checkpoint()).isEqualTo(Checkpoint.COMMON_EPOCH);
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Data(double[] scores, boolean[] labels, double[] weights) {
    static Data random(int rows, int levels, long seed) {
      Random random = new Random(seed);
      double[] scores =
          random.ints(rows, 0, levels).mapToDouble(s -> (double) s / levels).toArray();
      Arrays.sort(scores);
      boolean[] labels = new boolean[rows];
      double[] weights = new double[rows];
      for (int row = 0; row < rows; row++) {
        labels[row] = random.nextInt(3) == 0;
        weights[row] = levels > 100_000 ? 1 : 1 + random.nextInt(3);
      }
      return new Data(scores, labels, weights);
    }

    RankSums sums(int from, int to) {
      RankSums sums = new RankSums(0);
      for (int row = from; row < to; row++) {
        sums.add(scores[row], labels[row], weights[row], ONCE);
      }
      return sums.close();
    }

    double bruteForce() {
      double won = 0;
      double pairs = 0;
      for (int p = 0; p < scores.length; p++) {
        for (int n = 0; n < scores.length; n++) {
          if (labels[p] && !labels[n]) {
            double weight = weights[p] * weights[n];
            pairs += weight;
            won += weight * (scores[p] > scores[n] ? 1 : scores[p] == scores[n] ? 0.5 : 0);
          }
        }
      }
      return won / pairs;
    }
  }
}
