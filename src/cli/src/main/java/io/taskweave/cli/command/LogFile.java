package io.taskweave.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells the logging configuration where the full log goes; before the first logger is made. */
final class LogFile {
  private static final String PROPERTY = "taskweave.log";

  private LogFile() {}

  /** Below a local workspace; a remote one keeps only the console. */
  static void below(String workspace) {
    if (System.getProperty(PROPERTY) != null || workspace.contains("://")) {
      return;
    }
    try {
      Path folder = Files.createDirectories(Path.of(workspace, "logs"));
      System.setProperty(PROPERTY, folder.resolve("taskweave.log").toString());
    } catch (IOException e) {
      // The stage that writes to the workspace says why it cannot, with the right exit code.
      System.clearProperty(PROPERTY);
    }
  }

  static String place() {
    String file = System.getProperty(PROPERTY);
    return file == null ? "" : ", details in " + file;
  }
}
