package io.taskweave.cli.command;

import picocli.CommandLine;

/** The root command. */
@CommandLine.Command(name = "taskweave", mixinStandardHelpOptions = true)
public final class TaskweaveCommand {
  /**
   * Runs a command line.
   *
   * @return the exit code
   */
  public static int execute(String... arguments) {
    return new CommandLine(new TaskweaveCommand()).execute(arguments);
  }
}
