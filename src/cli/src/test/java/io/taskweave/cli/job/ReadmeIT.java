package io.taskweave.cli.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the commands of the README in their order, the demo on a smaller log and those of KuaiRand
 * and Globo on made-up files of their layouts.
 */
class ReadmeIT {
  /** The command that runs this test. */
  private static final String TESTS = "mvn verify";

  @TempDir Path folder;

  @Test
  void everyCommandWorks() throws Exception {
    Path root = Path.of("../..").toRealPath();
    freshen();
    Path kuaiRand = folder.resolve("kuairand-files");
    new SmallKuaiRand().writeTo(kuaiRand);
    Path globo = folder.resolve("globo-files");
    new SmallGlobo().writeTo(globo);
    List<String> commands = commands(root.resolve("README.md"));
    assertThat(commands).contains(TESTS).hasSizeGreaterThan(3);
    for (String command : commands) {
      if (command.equals(TESTS)) {
        continue;
      }
      Path log = folder.resolve("log");
      ProcessBuilder builder =
          new ProcessBuilder("bash", "-c", small(command))
              .directory(root.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().put("TASKWEAVE_HEAP", "1g");
      builder.environment().put("TASKWEAVE_TRAINING__MAX_EPOCHS", "1");
      builder.environment().put("KUAIRAND_DIR", kuaiRand.toString());
      builder.environment().put("GLOBO_DIR", globo.toString());
      int code = builder.start().waitFor();
      assertThat(code).as(command + "\n" + Files.readString(log)).isZero();
    }
    exportsTheNotebook(root.resolve("notebooks-exported"));
  }

  /** The last command of the notebooks' README, on what the tour has left behind. */
  private void exportsTheNotebook(Path notebooks) throws Exception {
    Path python = PythonEnvironment.of(notebooks.resolve("requirements.txt"));
    Path page = folder.resolve("analysis.html");
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(
                notebooks.resolve("export").toString(),
                folder.resolve("demo").toString(),
                "stem-net",
                page.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().merge("PATH", python.resolve("bin") + ":", (old, bin) -> bin + old);
    assertThat(builder.start().waitFor()).as(Files.readString(log)).isZero();
    assertThat(page).content().contains("AUC by group").doesNotContain(folder.toString());
    assertThat(Files.size(page)).isLessThan(1 << 20);
  }

  private String small(String command) {
    String sized = command;
    if (command.equals("jobs/taskweave demo")) {
      sized += " --impressions 10000 --workspace work/demo";
    } else if (command.startsWith("jobs/taskweave experiment conf/kuairand-experiment.conf")) {
      sized +=
          " --set 'experiment.only=[single-task, stem-net]' --set 'experiment.seeds=[1]'"
              + " --set 'experiment.optimizers=[{ name = adam }]'";
    }
    return sized.replaceAll("\\bwork/", Matcher.quoteReplacement(folder.toString() + "/"));
  }

  @Test
  void continuousIntegrationRunsTheTestCommand() throws Exception {
    assertThat(Files.readString(Path.of("../../.ci/run")))
        .containsPattern("(?m)^exec mvn .*\\bverify$");
  }

  /** This build has just made the jar; the launcher must not start another for its age. */
  private static void freshen() throws Exception {
    try (Stream<Path> files = Files.list(Path.of("target/distribution"))) {
      for (Path jar : files.filter(file -> file.toString().endsWith("-job.jar")).toList()) {
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now()));
      }
    }
  }

  private static List<String> commands(Path readme) throws Exception {
    List<String> commands = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(readme)) {
      if (line.startsWith("```")) {
        inside = line.equals("```sh");
      } else if (inside && !line.isBlank()) {
        commands.add(line);
      }
    }
    return commands;
  }
}
