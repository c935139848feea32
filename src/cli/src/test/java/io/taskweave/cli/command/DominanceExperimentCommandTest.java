package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DominanceExperimentCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;

  @Test
  void adamsSmallTaskLosesAndAdaTaskDoesNotMind() throws IOException {
    assertThat(run("--scales", "1000,1", "--steps", "500")).isZero();

    JsonNode results =
        JsonMapper.builder().build().readTree(folder.resolve("dominance.json").toFile());
    assertThat(results.path("experiment").path("steps").asInt()).isEqualTo(500);
    JsonNode adam = outcome(results, "ADAM", 1);
    JsonNode adamScaled = outcome(results, "ADAM", 1000);
    JsonNode adaTask = outcome(results, "ADATASK", 1);
    JsonNode adaTaskScaled = outcome(results, "ADATASK", 1000);
    assertThat(adamScaled.path("first_loss").asDouble())
        .isGreaterThan(2 * adam.path("first_loss").asDouble());
    assertThat(adamScaled.path("first_share").asDouble()).isLessThan(0.01);
    assertThat(adaTaskScaled.path("first_loss").asDouble())
        .isCloseTo(adaTask.path("first_loss").asDouble(), within(1e-4));
    assertThat(adam.path("trajectory")).hasSize(101);

    List<String> lines = out.toString().lines().toList();
    assertThat(lines.get(2)).startsWith("        1 |");
    assertThat(lines.get(3)).startsWith("     1000 |");
    assertThat(lines.get(4)).isEqualTo("plot in " + folder.resolve("dominance.html"));
  }

  @Test
  void thePageStandsAlone() throws IOException {
    assertThat(run("--scales", "1,10", "--steps", "50")).isZero();

    String html = Files.readString(folder.resolve("dominance.html"));
    assertThat(html)
        .contains("Under Adam the loss of task 1 goes from ")
        .contains("<figcaption>Task 1 under AdaTask, by scale (the lines lie on each other)")
        .doesNotContain("<script")
        .doesNotContain("src=");
    assertThat(html.split("<svg ", -1)).hasSize(5);
  }

  @Test
  void theSameOptionsGiveTheSameFiles() throws IOException {
    assertThat(run("--scales", "10", "--steps", "50")).isZero();
    String json = Files.readString(folder.resolve("dominance.json"));
    assertThat(run("--scales", "10", "--steps", "50")).isZero();
    assertThat(folder.resolve("dominance.json")).hasContent(json);
    assertThat(run("--scales", "10", "--steps", "50", "--seed", "2")).isZero();
    assertThat(Files.readString(folder.resolve("dominance.json"))).isNotEqualTo(json);
  }

  @Test
  void refusesOptionsThatMakeNoSense() throws IOException {
    assertThat(run("--steps", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("--steps must be at least 1 (0)");
    assertThat(run("--scales", "1,-1")).isEqualTo(2);
    assertThat(err.toString()).contains("(-1.0)");
    Path file = Files.writeString(folder.resolve("file"), "");
    folder = file;
    assertThat(run("--steps", "1")).isEqualTo(4);
    assertThat(err.toString()).contains("choose another --output (" + file + ")");
  }

  private static JsonNode outcome(JsonNode results, String method, double scale) {
    return StreamSupport.stream(results.path("outcomes").spliterator(), false)
        .filter(outcome -> outcome.path("method").asText().equals(method))
        .filter(outcome -> outcome.path("scale").asDouble() == scale)
        .findFirst()
        .orElseThrow();
  }

  private int run(String... options) {
    List<String> arguments =
        new java.util.ArrayList<>(
            List.of("experiment", "dominance", "--output", folder.toString()));
    arguments.addAll(List.of(options));
    return TaskweaveCommand.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments.toArray(String[]::new));
  }
}
