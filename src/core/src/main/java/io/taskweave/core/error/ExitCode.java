package io.taskweave.core.error;

/**
 * What a process of taskweave ends with. The numbers are part of the interface: schedulers decide
 * on them.
 */
public enum ExitCode {
  DONE(0),
  CONFIGURATION(2),
  INPUT_REJECTED(3),
  OUTPUT_CONFLICT(4),
  TRAINING_DIVERGED(5),
  CHECKPOINT(6),
  STALLED(7),
  INTERNAL(70),
  RETRY(75);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
