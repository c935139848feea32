package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class TaskweaveCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;

  @Test
  void everyCommandDescribesItselfItsOptionsAndAnExample() {
    CommandLine root = TaskweaveCommand.commandLine();
    assertThat(root.getSubcommands()).isNotEmpty();
    root.getSubcommands()
        .forEach(
            (name, command) -> {
              assertThat(command.getCommandSpec().usageMessage().description())
                  .as(name)
                  .isNotEmpty();
              for (OptionSpec option : command.getCommandSpec().options()) {
                assertThat(option.description()).as(name + " " + option.longestName()).isNotEmpty();
              }
              if (!name.equals("generate-completion")) {
                assertThat(command.getUsageMessage()).as(name).contains("Example:");
              }
              assertThat(run(name, "--help")).as(name).isZero();
            });
  }

  @Test
  void aMissingConfigurationIsAUsageError() {
    assertThat(run("import")).isEqualTo(2);
    assertThat(run("import", "absent.conf")).isEqualTo(2);
    assertThat(err.toString())
        .contains("Cannot read the configuration: no such file (absent.conf)");
    assertThat(err.toString()).doesNotContain("\tat ");
  }

  @Test
  void anExperimentListsItsCellsAndNeedsAConfiguration() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("grid.conf"),
            """
            tasks = [{ name = click }]
            features.fields = [{ name = user_id }]
            experiment.models = [{ name = single-task, type = single-task }]
            """);
    assertThat(run("experiment", file.toString(), "--list", "--set", "experiment.seeds=[3]"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString()).isEqualTo("single-task-adam-lr0.001-seed3\n");
    assertThat(run("experiment")).isEqualTo(2);
    assertThat(err.toString()).contains("Missing required parameter: CONFIGURATION");
  }

  @Test
  void anUnknownKeyEndsWithCodeTwo() throws IOException {
    Path file = Files.writeString(folder.resolve("a.conf"), "worksapce = x");
    assertThat(run("import", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("unknown key worksapce, did you mean workspace?");
  }

  @Test
  void aNegativeSizeOfTheDemoIsRefused() {
    assertThat(run("demo", "--impressions", "-5")).isEqualTo(2);
    assertThat(err.toString()).contains("must be at least 1 (-5)");
  }

  @Test
  void anUnwritableWorkspaceIsAnOutputConflict() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(run("demo", "--impressions", "5", "--workspace", file.toString())).isEqualTo(4);
    assertThat(err.toString()).contains("Cannot write the log");
  }

  private int run(String... arguments) {
    return TaskweaveCommand.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }
}
