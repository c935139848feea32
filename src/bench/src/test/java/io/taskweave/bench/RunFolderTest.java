package io.taskweave.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  @TempDir Path folder;

  private RunFolder run(String name) throws IOException {
    Path run = folder.resolve(name);
    Files.createDirectories(run.resolve("best"));
    Files.createDirectories(run.resolve("checkpoints/step=7"));
    Files.createDirectories(run.resolve("checkpoints/step=14"));
    Files.write(run.resolve("best/weights.safetensors"), new byte[] {1, 2, 3});
    Files.writeString(run.resolve("checkpoints/step=7/state.json"), "{}");
    Files.writeString(run.resolve("run.json"), "{\"steps\": 14}");
    Files.writeString(
        run.resolve("events.jsonl"),
        "{\"event\":\"step\",\"step\":10,\"loss\":0.5,\"samples_per_second\":"
            + name.length()
            + "}\n{\"event\":\"step\",\"st");
    return new RunFolder(run);
  }

  @Test
  void equalRunsDifferInTimesOnly() throws IOException {
    assertThat(run("one").differences(run("another"))).isEmpty();
  }

  @Test
  void aByteAnEventAndAFileAreDifferences() throws IOException {
    RunFolder one = run("one");
    RunFolder other = run("another");
    Files.write(folder.resolve("another/best/weights.safetensors"), new byte[] {1, 2, 4});
    Files.writeString(folder.resolve("another/events.jsonl"), "");
    Files.writeString(folder.resolve("another/metrics.json"), "[]");
    Files.writeString(folder.resolve("another/run.json"), "{\"steps\": 13}");
    assertThat(one.differences(other))
        .hasSize(4)
        .anyMatch(difference -> difference.startsWith("files: "))
        .contains("best/weights.safetensors", "events: step", "run.json: steps");
    assertThat(one.bestDifferences(other)).containsExactly("weights.safetensors");
  }

  @Test
  void onlyACheckpointWithItsStateIsComplete() throws IOException {
    RunFolder run = run("one");
    assertThat(run.lastCheckpoint()).isEqualTo(7);
    assertThat(run.writes()).isTrue();
    Files.writeString(folder.resolve("one/checkpoints/step=14/state.json"), "{}");
    assertThat(run.lastCheckpoint()).isEqualTo(14);
    assertThat(run.writes()).isFalse();
  }
}
