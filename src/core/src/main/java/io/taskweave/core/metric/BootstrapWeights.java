package io.taskweave.core.metric;

import io.taskweave.core.random.CounterRandom;
import java.io.Serializable;
import java.util.Arrays;

/**
 * Poisson bootstrap over users: in every replicate a user, with all his samples, counts as often as
 * a Poisson(1) number says. That number is a function of (seed, user, replicate) alone, so every
 * task, metric, run and partition sees the same resampled users, which makes comparisons paired
 * (Chamandy et al., "Estimating Uncertainty for Massive Data Streams", 2012).
 *
 * <p>Index 0 of the multiplicities is always 1: the data themselves. Probabilities are rounded to
 * 1/65536, so multiplicities above 8 do not occur.
 */
public final class BootstrapWeights implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int RESOLUTION = 1 << 16;
  private static final byte[] POISSON = poisson();

  private final long seed;
  private final int replicates;

  /**
   * @param replicates 0 for none
   */
  public BootstrapWeights(long seed, int replicates) {
    if (replicates < 0) {
      throw new IllegalArgumentException(
          "Cannot bootstrap: replicates must not be negative (" + replicates + ")");
    }
    this.seed = CounterRandom.mix(seed, 0);
    this.replicates = replicates;
  }

  public int replicates() {
    return replicates;
  }

  /**
   * Fills the multiplicities of one user.
   *
   * @param userHash 64 well-mixed bits that stand for the user
   * @param multiplicities of length {@code replicates + 1}
   */
  public void fill(long userHash, byte[] multiplicities) {
    multiplicities[0] = 1;
    long key = CounterRandom.mix(seed, userHash);
    long bits = 0;
    for (int replicate = 0; replicate < replicates; replicate++) {
      if ((replicate & 3) == 0) {
        bits = CounterRandom.mix(key, replicate >>> 2);
      }
      multiplicities[replicate + 1] = POISSON[(int) (bits & (RESOLUTION - 1))];
      bits >>>= 16;
    }
  }

  private static byte[] poisson() {
    byte[] table = new byte[RESOLUTION];
    double probability = Math.exp(-1);
    double cumulated = 0;
    int from = 0;
    for (int value = 0; from < RESOLUTION; value++) {
      cumulated += probability;
      probability /= value + 1;
      int to = value >= 8 ? RESOLUTION : (int) Math.round(cumulated * RESOLUTION);
      Arrays.fill(table, from, to, (byte) value);
      from = to;
    }
    return table;
  }
}
