package io.taskweave.core.layer;

import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.SampleBatch;

/**
 * Inverted dropout after ReLU. The mask is a function of (key, layer, sample id, unit): it depends
 * neither on the row's place in a batch nor on how a batch is cut.
 */
final class Dropout {
  private final long layer;
  private final long threshold;
  private final float scale;

  /**
   * @param layer name that tells this layer's masks from others'
   * @param probability of zeroing a unit, in [0, 1)
   */
  Dropout(String layer, double probability) {
    this.layer = CounterRandom.hash(layer);
    this.threshold = (long) (probability * 0x1.0p53);
    this.scale = (float) (1 / (1 - probability));
  }

  boolean active() {
    return threshold > 0;
  }

  /** Factor of a unit that stays. */
  float scale() {
    return scale;
  }

  void apply(float[] activation, int width, SampleBatch batch, long key) {
    long layerKey = CounterRandom.mix(key, layer);
    for (int i = 0; i < batch.count(); i++) {
      long rowKey = CounterRandom.mix(layerKey, batch.block().sampleIds()[batch.rows()[i]]);
      applyRow(activation, i * width, width, rowKey);
    }
  }

  private void applyRow(float[] activation, int at, int width, long rowKey) {
    for (int unit = 0; unit < width; unit++) {
      boolean kept = (CounterRandom.mix(rowKey, unit) >>> 11) >= threshold;
      activation[at + unit] = kept ? activation[at + unit] * scale : 0f;
    }
  }
}
