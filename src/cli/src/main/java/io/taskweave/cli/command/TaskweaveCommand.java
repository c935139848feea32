package io.taskweave.cli.command;

import io.taskweave.core.error.ExitCode;
import io.taskweave.core.error.TaskweaveException;
import java.io.PrintWriter;
import org.slf4j.LoggerFactory;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The root of all commands. */
@Command(
    name = "taskweave",
    mixinStandardHelpOptions = true,
    versionProvider = TaskweaveCommand.Version.class,
    description = "Multi-task recommenders on Spark and BigDL, from logs to evaluated models.",
    footer = {
      "",
      "Example:",
      "  taskweave run conf/kuairand-stem.conf",
      "",
      "Exit codes: 0 done, 2 usage or configuration, 3 input rejected, 4 output conflict,",
      "5 training diverged, 6 checkpoint, 7 stalled, 70 internal, 75 a retry may help."
    },
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      ImportCommand.class,
      ValidateCommand.class,
      NegativesCommand.class,
      SplitCommand.class,
      FeaturesCommand.class,
      HistoryCommand.class,
      GroupsCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      AnalyzeCommand.class,
      PredictCommand.class,
      CompareCommand.class,
      ExperimentCommand.class,
      ReportCommand.class,
      DoctorCommand.class,
      GenerateCompletion.class
    })
public final class TaskweaveCommand {
  /**
   * Runs a command line.
   *
   * @return the exit code
   */
  public static int execute(String... arguments) {
    return commandLine().execute(arguments);
  }

  static CommandLine commandLine() {
    return new CommandLine(new TaskweaveCommand())
        .setExecutionExceptionHandler(TaskweaveCommand::report);
  }

  /** One line for a mistake of the user; the trace goes to the log. */
  private static int report(
      Exception failure, CommandLine commandLine, CommandLine.ParseResult ignored) {
    PrintWriter err = commandLine.getErr();
    int code;
    if (SparkFailure.reason(failure) instanceof TaskweaveException known) {
      err.println(known.getMessage());
      code = known.exitCode().code();
    } else {
      err.println("Cannot go on: internal error (" + failure + ")" + LogFile.place());
      code = ExitCode.INTERNAL.code();
    }
    err.flush();
    LoggerFactory.getLogger(TaskweaveCommand.class).info("Exit with code {}", code, failure);
    return code;
  }

  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = TaskweaveCommand.class.getPackage().getImplementationVersion();
      return new String[] {"taskweave " + (version == null ? "(not packaged)" : version)};
    }
  }
}
