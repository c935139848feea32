package io.taskweave.core.error;

/**
 * A failure that its reader can act on. The message has the form {@code Cannot X: Y (value), do Z}
 * and needs no stack trace; the exit code is what a scheduler sees.
 */
public abstract class TaskweaveException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ExitCode exitCode;

  TaskweaveException(ExitCode exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  public ExitCode exitCode() {
    return exitCode;
  }
}
