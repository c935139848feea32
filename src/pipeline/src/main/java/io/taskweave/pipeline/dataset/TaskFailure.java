package io.taskweave.pipeline.dataset;

import io.taskweave.core.error.InputRejectedException;
import java.util.Optional;

/** Finds in a failed Spark job what its task has refused. */
public final class TaskFailure {
  private TaskFailure() {}

  /** Throws the refusal of a row, if that is what ended the job. */
  public static void throwRefusal(Throwable failure) {
    Optional<InputRejectedException> refusal = refusal(failure);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  /** The refusal of a row that ended the job, if that is why it failed. */
  public static Optional<InputRejectedException> refusal(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof InputRejectedException refusal) {
        return Optional.of(refusal);
      }
    }
    return Optional.empty();
  }
}
