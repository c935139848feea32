package io.taskweave.cli;

import io.taskweave.cli.command.TaskweaveCommand;

/** The one entry of the job jar: everything is a sub-command. */
public final class Taskweave {
  private Taskweave() {}

  public static void main(String[] arguments) {
    System.exit(TaskweaveCommand.execute(arguments));
  }
}
