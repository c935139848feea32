package io.taskweave.core.random;

/**
 * Random numbers as a function of a key and a counter, without state: any thread, executor or later
 * run computes the same value. The mixing function is the finaliser of SplitMix64 (Steele, Lea and
 * Flood, 2014).
 */
public final class CounterRandom {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private CounterRandom() {}

  public static long mix(long key, long counter) {
    long z = key + GOLDEN_GAMMA * (counter + 1);
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** A key of a name: stable over Java versions and machines. */
  public static long hash(String name) {
    long hash = name.length();
    for (int i = 0; i < name.length(); i++) {
      hash = mix(hash, name.charAt(i));
    }
    return hash;
  }

  /** Uniform in [0, 1). */
  public static double uniform(long key, long counter) {
    return (mix(key, counter) >>> 11) * 0x1.0p-53;
  }

  /** Standard normal, by Box and Muller's transformation of two uniforms. */
  public static double gaussian(long key, long counter) {
    double radius = Math.sqrt(-2 * StrictMath.log(1 - uniform(key, 2 * counter)));
    return radius * StrictMath.cos(2 * Math.PI * uniform(key, 2 * counter + 1));
  }
}
