package io.taskweave.cli.progress;

/** Whether somebody watches. */
public final class Terminal {
  private Terminal() {}

  @SuppressWarnings("SystemConsoleNull") // Built for and run on Java 17.
  public static boolean isInteractive() {
    return System.console() != null;
  }
}
