package io.taskweave.cli.configuration;

import io.taskweave.core.error.ConfigurationException;
import java.util.ArrayList;
import java.util.List;

/** Collects everything that is wrong with a configuration, so that one run names it all. */
final class Problems {
  private final List<String> messages = new ArrayList<>();

  void add(String message) {
    messages.add(message);
  }

  List<String> messages() {
    return List.copyOf(messages);
  }

  /**
   * @throws ConfigurationException that lists all problems, if there are any
   */
  void raise() {
    if (messages.size() == 1) {
      throw new ConfigurationException("Cannot use the configuration: " + messages.get(0));
    }
    if (!messages.isEmpty()) {
      throw new ConfigurationException(
          "Cannot use the configuration, "
              + messages.size()
              + " problems:\n  "
              + String.join("\n  ", messages));
    }
  }
}
