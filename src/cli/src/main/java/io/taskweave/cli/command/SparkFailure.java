package io.taskweave.cli.command;

import io.taskweave.core.error.RetryException;
import io.taskweave.core.error.TaskweaveException;
import java.util.List;
import java.util.Optional;

/** What a failure in a Spark application means to whoever started the command. */
final class SparkFailure {
  /**
   * What Spark says of itself when it has stopped, to jobs that run and to those that come after.
   */
  private static final List<String> STOPPED =
      List.of(
          "SparkContext was shut down",
          "stopped SparkContext",
          "LiveListenerBus is stopped",
          "Master removed our application",
          "All masters are unresponsive",
          "on a running MetricsSystem");

  private SparkFailure() {}

  /**
   * The failure itself, unless Spark has stopped; Scala does not declare its checked exceptions.
   */
  static RuntimeException reason(Exception failure) {
    if (failure instanceof TaskweaveException known) {
      return known;
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      Optional<String> stopped = lineOfStop(String.valueOf(cause.getMessage()));
      if (stopped.isPresent()) {
        return stopped(stopped.get(), failure);
      }
    }
    if (EmbeddedSpark.hasStoppedByItself()) {
      // Parts of Spark that have gone before others fail in any way.
      return stopped(String.valueOf(failure.getMessage()).lines().findFirst().orElse(""), failure);
    }
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(failure.getMessage(), failure);
  }

  private static RetryException stopped(String message, Exception failure) {
    return new RetryException(
        "Cannot go on: Spark has stopped ("
            + message
            + "), run the command again, and an unfinished training with --resume",
        failure);
  }

  private static Optional<String> lineOfStop(String message) {
    return message
        .lines()
        .filter(line -> STOPPED.stream().anyMatch(line::contains))
        .findFirst()
        .map(String::strip);
  }
}
