package io.taskweave.cli.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts in a checkout of which nothing is built, with a Maven and a Java that only tell. */
class LauncherIT {
  private static final String JAR = "src/cli/target/distribution/taskweave-0-job.jar";

  @TempDir Path folder;

  private Path checkout;
  private Path tools;

  @BeforeEach
  void copyScripts() throws IOException {
    checkout = Files.createDirectories(folder.resolve("my checkout"));
    tools = Files.createDirectories(folder.resolve("tools/bin"));
    Path jobs = Files.createDirectories(checkout.resolve("jobs"));
    try (Stream<Path> scripts = Files.list(Path.of("../../jobs"))) {
      for (Path script : scripts.filter(Files::isRegularFile).toList()) {
        Files.copy(script, jobs.resolve(script.getFileName()));
      }
    }
    Files.writeString(checkout.resolve("pom.xml"), "");
    script("mvn", "mkdir -p \"$(dirname '" + JAR + "')\"", "touch '" + JAR + "'", "echo built >&2");
    script("java", "printf '%s\\n' \"$@\"");
  }

  private void script(String name, String... lines) throws IOException {
    Path file = tools.resolve(name);
    Files.writeString(file, "#!/usr/bin/env bash\nset -e\n" + String.join("\n", lines) + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private record Result(int code, String out, String err) {}

  private Result run(String script, String... arguments) throws Exception {
    List<String> command = new java.util.ArrayList<>();
    command.add(checkout.resolve("jobs").resolve(script).toString());
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("PATH", tools + ":" + System.getenv("PATH"));
    builder.environment().put("JAVA_HOME", tools.getParent().toString());
    int code = builder.start().waitFor();
    return new Result(code, Files.readString(out), Files.readString(err));
  }

  @Test
  void buildsWhatIsNotBuiltAndThenStarts() throws Exception {
    Result first = run("taskweave", "demo", "--impressions", "5");
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.err()).contains("Building taskweave (no distribution yet)").contains("built");
    assertThat(first.out().lines())
        .endsWith("io.taskweave.cli.Taskweave", "demo", "--impressions", "5");
    Result second = run("taskweave", "doctor");
    assertThat(second.code()).isZero();
    assertThat(second.err()).doesNotContain("Building");
  }

  @Test
  void submitsNothingThatIsNotBuilt() throws Exception {
    Result result = run("submit-train", "pipeline.conf");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("Cannot submit train: no job jar (not built)");
  }
}
