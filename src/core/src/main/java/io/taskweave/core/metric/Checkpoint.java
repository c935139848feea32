package io.taskweave.core.metric;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** Which of a run's weights have made the scores that a number is measured on. */
public enum Checkpoint {
  /** Those of the epoch with the best mean over tasks: one set of weights for all tasks. */
  @JsonProperty("common_epoch")
  COMMON_EPOCH,
  /** Those of the task's own best epoch. */
  @JsonProperty("own_epoch")
  OWN_EPOCH;

  /** The name in records. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
