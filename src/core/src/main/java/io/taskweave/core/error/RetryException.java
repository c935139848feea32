package io.taskweave.core.error;

/** The cause lies outside and may be gone at the next try. */
public final class RetryException extends TaskweaveException {
  private static final long serialVersionUID = 1;

  public RetryException(String message) {
    this(message, null);
  }

  public RetryException(String message, Throwable cause) {
    super(ExitCode.RETRY, message, cause);
  }
}
