package io.taskweave.core.error;

/** An input is missing, unreadable, or breaks its contract. */
public final class InputRejectedException extends TaskweaveException {
  private static final long serialVersionUID = 1;

  public InputRejectedException(String message) {
    this(message, null);
  }

  public InputRejectedException(String message, Throwable cause) {
    super(ExitCode.INPUT_REJECTED, message, cause);
  }
}
