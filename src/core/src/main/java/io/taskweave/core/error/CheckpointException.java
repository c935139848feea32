package io.taskweave.core.error;

/** A checkpoint or a run folder is corrupt, or belongs to another model. */
public final class CheckpointException extends TaskweaveException {
  private static final long serialVersionUID = 1;

  public CheckpointException(String message) {
    this(message, null);
  }

  public CheckpointException(String message, Throwable cause) {
    super(ExitCode.CHECKPOINT, message, cause);
  }
}
