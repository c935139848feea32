package io.taskweave.core.error;

/** The loss is no longer a finite number. */
public final class TrainingDivergedException extends TaskweaveException {
  private static final long serialVersionUID = 1;

  public TrainingDivergedException(String message) {
    this(message, null);
  }

  public TrainingDivergedException(String message, Throwable cause) {
    super(ExitCode.TRAINING_DIVERGED, message, cause);
  }
}
