package io.taskweave.core.error;

/** The command line or the configuration asks for something that cannot be done. */
public final class ConfigurationException extends TaskweaveException {
  private static final long serialVersionUID = 1;

  public ConfigurationException(String message) {
    this(message, null);
  }

  public ConfigurationException(String message, Throwable cause) {
    super(ExitCode.CONFIGURATION, message, cause);
  }
}
