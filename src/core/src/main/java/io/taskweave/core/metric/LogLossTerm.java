package io.taskweave.core.metric;

/** Binary cross-entropy of one prediction, in nats, clipped as the published metric code does. */
final class LogLossTerm {
  /** Probabilities are held inside [CLIP, 1 - CLIP], so that one certain mistake stays finite. */
  static final double CLIP = 1e-7;

  private LogLossTerm() {}

  static double of(double probability, boolean positive) {
    double clipped = Math.min(Math.max(probability, CLIP), 1 - CLIP);
    return positive ? -Math.log(clipped) : -Math.log1p(-clipped);
  }
}
