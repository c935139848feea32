package io.taskweave.core.layer;

import io.taskweave.core.random.CounterRandom;

/**
 * Chooses what training hides of a sample. The choice is a function of (key, name, sample id,
 * element): it depends neither on the row's place in a batch, nor on how a batch is cut, nor on the
 * thread; forward and backward make the same one.
 */
final class Hiding {
  private final long name;
  private final long threshold;

  /**
   * @param name tells these choices from others under the same key
   * @param share of the elements to hide, in [0, 1]
   */
  Hiding(String name, double share) {
    this.name = CounterRandom.hash(name);
    this.threshold = (long) (share * 0x1.0p53);
  }

  boolean active(Pass pass) {
    return pass.training() && threshold > 0;
  }

  /** Key of a sample's choices in a pass. */
  long sampleKey(Pass pass, long sampleId) {
    return CounterRandom.mix(CounterRandom.mix(pass.key(), name), sampleId);
  }

  boolean hides(long sampleKey, int element) {
    return (CounterRandom.mix(sampleKey, element) >>> 11) < threshold;
  }
}
