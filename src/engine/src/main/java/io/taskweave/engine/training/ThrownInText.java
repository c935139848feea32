package io.taskweave.engine.training;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.error.StalledException;
import io.taskweave.core.error.TaskweaveException;
import io.taskweave.core.error.TrainingDivergedException;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a task has thrown, by the text of its job's failure: a barrier stage keeps no cause. */
final class ThrownInText {
  private static final Map<String, BiFunction<String, Throwable, TaskweaveException>> KINDS =
      Map.of(
          CheckpointException.class.getName(), CheckpointException::new,
          ConfigurationException.class.getName(), ConfigurationException::new,
          InputRejectedException.class.getName(), InputRejectedException::new,
          OutputConflictException.class.getName(), OutputConflictException::new,
          RetryException.class.getName(), RetryException::new,
          StalledException.class.getName(), StalledException::new,
          TrainingDivergedException.class.getName(), TrainingDivergedException::new);

  /** How a stack trace begins, or goes on with a cause. */
  private static final Pattern THROWN = Pattern.compile("([\\w.]+Exception): (.*)");

  private ThrownInText() {}

  /** The first of our exceptions that a text names, with the first line of its message. */
  static Optional<TaskweaveException> first(String text, Throwable failure) {
    Matcher thrown = THROWN.matcher(text);
    while (thrown.find()) {
      if (KINDS.containsKey(thrown.group(1))) {
        return Optional.of(KINDS.get(thrown.group(1)).apply(thrown.group(2), failure));
      }
    }
    return Optional.empty();
  }
}
