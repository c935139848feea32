package io.taskweave.core.error;

/** An output is locked by another process, not writable, or not ours to replace. */
public final class OutputConflictException extends TaskweaveException {
  private static final long serialVersionUID = 1;

  public OutputConflictException(String message) {
    this(message, null);
  }

  public OutputConflictException(String message, Throwable cause) {
    super(ExitCode.OUTPUT_CONFLICT, message, cause);
  }
}
