package io.taskweave.core.metric;

import java.util.Locale;

/** What a user's AUC weighs in GAUC. */
public enum GaucWeighting {
  /** The weight of all his samples. */
  SAMPLES(0),
  /** The weight of his positive samples. */
  POSITIVES(1),
  /** 1: the plain mean over users. */
  NONE(2);

  private final int index;

  GaucWeighting(int index) {
    this.index = index;
  }

  int index() {
    return index;
  }

  /** The name in records and configuration. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
