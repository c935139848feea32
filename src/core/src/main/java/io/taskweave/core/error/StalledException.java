package io.taskweave.core.error;

/** Nothing has moved for longer than the limit. */
public final class StalledException extends TaskweaveException {
  private static final long serialVersionUID = 1;

  public StalledException(String message) {
    this(message, null);
  }

  public StalledException(String message, Throwable cause) {
    super(ExitCode.STALLED, message, cause);
  }
}
