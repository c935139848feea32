package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.taskweave.cli.configuration.ConfigurationLoader;
import io.taskweave.cli.job.PythonEnvironment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The nightly DAG as a real Airflow sees it. */
class DailyDagIT {
  @TempDir static Path home;
  private static JsonNode parsed;

  @BeforeAll
  static void parse() throws Exception {
    Path python = PythonEnvironment.of("requirements-airflow.txt").resolve("bin/python");
    Path output = home.resolve("dags.json");
    ProcessBuilder builder =
        new ProcessBuilder(
                python.toString(),
                Path.of("src/test/python/parse_dag.py").toAbsolutePath().toString(),
                Path.of("../../jobs/airflow").toRealPath().toString(),
                output.toString())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("log").toFile());
    builder.environment().put("AIRFLOW_HOME", home.toString());
    builder.environment().put("AIRFLOW__CORE__LOAD_EXAMPLES", "False");
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    int code = builder.start().waitFor();
    assertThat(code).as(Files.readString(home.resolve("log"))).isZero();
    parsed = new ObjectMapper().readTree(output.toFile());
  }

  private static JsonNode tasks() {
    return parsed.get("dags").get("taskweave_daily");
  }

  @Test
  void parsesWithoutErrors() {
    assertThat(parsed.get("errors")).isEmpty();
    assertThat(parsed.get("dags")).hasSize(1);
  }

  @Test
  void runsEveryStageAfterTheOneBefore() {
    List<String> stages = new ArrayList<>();
    for (JsonNode task : tasks()) {
      List<String> upstream = new ArrayList<>();
      task.get("upstream").forEach(name -> upstream.add(name.asText()));
      assertThat(upstream)
          .isEqualTo(
              stages.isEmpty() ? List.of() : stages.subList(stages.size() - 1, stages.size()));
      stages.add(task.get("stage").asText());
    }
    assertThat(stages)
        .containsExactly(
            "import", "validate", "split", "features", "groups", "train", "evaluate", "report");
  }

  /** Stages without a command yet are left out; each that has one must take these arguments. */
  @Test
  void passesArgumentsAndKeysThatTheCommandsKnow() {
    CommandLine commands = TaskweaveCommand.commandLine();
    List<String> parsedStages = new ArrayList<>();
    for (JsonNode task : tasks()) {
      List<String> arguments = new ArrayList<>();
      task.get("arguments").forEach(argument -> arguments.add(argument.asText()));
      if (commands.getSubcommands().containsKey(arguments.get(0))) {
        commands.parseArgs(arguments.toArray(String[]::new));
        parsedStages.add(arguments.get(0));
      }
      List<String> assignments =
          arguments.stream().filter(argument -> argument.contains("=")).toList();
      assertThat(assignments).hasSize(3);
      new ConfigurationLoader(Map.of()).load(List.of("../../conf/demo.conf"), assignments);
    }
    assertThat(parsedStages).contains("import", "validate");
  }

  @Test
  void testsOnTheDayOfTheIntervalAndValidatesOnTheDayBefore() {
    for (JsonNode task : tasks()) {
      List<String> arguments = new ArrayList<>();
      task.get("arguments").forEach(argument -> arguments.add(argument.asText()));
      assertThat(arguments)
          .containsExactly(
              task.get("stage").asText(),
              "pipeline.conf",
              "--workspace",
              "work",
              "--run-name",
              "daily-2022-05-03",
              "--set",
              "split.valid-from=2022-05-02",
              "--set",
              "split.test-from=2022-05-03",
              "--set",
              "training.warm-start=");
    }
  }

  @Test
  void startsFromTheLastSuccessfulNightWhereThatIsWanted() {
    for (JsonNode task : tasks()) {
      assertThat(last(task.get("warm_arguments")))
          .isEqualTo("training.warm-start=work/runs/daily-2022-05-01");
      assertThat(last(task.get("first_arguments"))).isEqualTo("training.warm-start=");
    }
  }

  private static String last(JsonNode arguments) {
    return arguments.get(arguments.size() - 1).asText();
  }

  @Test
  void pinsOneTaskAnExecutorForTrainingOnly() {
    for (JsonNode task : tasks()) {
      JsonNode conf = task.get("conf");
      assertThat(conf.get("spark.cores.max").asText()).isEqualTo("6");
      assertThat(conf.has("spark.task.cpus")).isEqualTo("train".equals(task.get("stage").asText()));
    }
  }

  @Test
  void triesAgainOnlyWhereItMayHelp() {
    for (JsonNode task : tasks()) {
      JsonNode failures = task.get("failures");
      for (String code : List.of("2", "3", "5", "70")) {
        assertThat(failures.get(code).asText()).isEqualTo("AirflowFailException");
      }
      assertThat(failures.get("75").asText()).isEqualTo("RuntimeError");
      assertThat(failures.get("137").asText()).isEqualTo("RuntimeError");
      assertThat(task.get("retries").asInt()).isPositive();
    }
  }
}
