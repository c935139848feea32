package io.taskweave.cli.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the wrappers hand to spark-submit. */
class SubmitIT {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import",
        "validate",
        "split",
        "features",
        "groups",
        "train",
        "evaluate",
        "predict",
        "report"
      })
  void everyWrapperHandsItsStageAndArgumentsOn(String stage) throws Exception {
    List<String> arguments = submit(stage, "my pipeline.conf", "--run-name", "a");
    int jar = arguments.indexOf(folder.resolve("job.jar").toString());
    assertThat(arguments.subList(jar + 1, arguments.size()))
        .containsExactly(stage, "my pipeline.conf", "--run-name", "a");
    assertThat(arguments.subList(0, jar))
        .containsSequence("--class", "io.taskweave.cli.Taskweave")
        .contains("spark.cores.max=6", "spark.executor.cores=2");
  }

  private List<String> submit(String stage, String... arguments) throws Exception {
    Path output = folder.resolve("arguments");
    Path spark = folder.resolve("bin/spark-submit");
    if (!Files.exists(spark)) {
      Files.createDirectories(spark.getParent());
      Files.writeString(spark, "#!/usr/bin/env bash\nprintf '%s\\n' \"$@\"\n");
      assertThat(spark.toFile().setExecutable(true)).isTrue();
      Files.writeString(folder.resolve("job.jar"), "");
    }
    List<String> command = new java.util.ArrayList<>();
    command.add(Path.of("../../jobs/submit-" + stage).toRealPath().toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("SPARK_HOME", folder.toString());
    builder.environment().put("TASKWEAVE_JAR", folder.resolve("job.jar").toString());
    builder.environment().put("TASKWEAVE_EXECUTORS", "3");
    builder.environment().put("TASKWEAVE_EXECUTOR_CORES", "2");
    assertThat(builder.start().waitFor()).isZero();
    return Files.readAllLines(output);
  }
}
