package io.taskweave.core.layer;

import io.taskweave.core.sample.SampleBatch;

/** Inverted dropout after ReLU. */
final class Dropout {
  private final Hiding hiding;
  private final float scale;

  /**
   * @param layer name that tells this layer's masks from others'
   * @param probability of zeroing a unit, in [0, 1)
   */
  Dropout(String layer, double probability) {
    this.hiding = new Hiding(layer, probability);
    this.scale = (float) (1 / (1 - probability));
  }

  /** Factor of a unit that stays. */
  float scale() {
    return scale;
  }

  void apply(float[] activation, int width, SampleBatch batch, Pass pass) {
    if (!hiding.active(pass)) {
      return;
    }
    for (int i = 0; i < batch.count(); i++) {
      long sampleKey = hiding.sampleKey(pass, batch.block().sampleIds()[batch.rows()[i]]);
      applyRow(activation, i * width, width, sampleKey);
    }
  }

  private void applyRow(float[] activation, int at, int width, long sampleKey) {
    for (int unit = 0; unit < width; unit++) {
      activation[at + unit] = hiding.hides(sampleKey, unit) ? 0f : activation[at + unit] * scale;
    }
  }
}
