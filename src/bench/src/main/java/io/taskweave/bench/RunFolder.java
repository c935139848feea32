package io.taskweave.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.format.SafetensorsReader;
import io.taskweave.core.format.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** What a training has left in the folder of its run. */
final class RunFolder {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STEP = "step=";
  private static final List<String> TIMES = List.of("seconds", "samples_per_second");

  private final Path folder;

  RunFolder(Path folder) {
    this.folder = folder;
  }

  /** Step of the last checkpoint that is complete; 0 if there is none. */
  long lastCheckpoint() throws IOException {
    long last = 0;
    for (Path checkpoint : checkpoints()) {
      if (Files.exists(checkpoint.resolve("state.json"))) {
        last = Math.max(last, step(checkpoint));
      }
    }
    return last;
  }

  /** Whether a checkpoint or best weights are being written, or were when a process ended. */
  boolean writes() throws IOException {
    for (Path checkpoint : checkpoints()) {
      if (!Files.exists(checkpoint.resolve("state.json"))) {
        return true;
      }
    }
    return entries(folder.resolve("best")).stream()
        .anyMatch(file -> file.getFileName().toString().startsWith("_"));
  }

  private List<Path> checkpoints() throws IOException {
    return entries(folder.resolve("checkpoints")).stream()
        .filter(entry -> entry.getFileName().toString().startsWith(STEP))
        .toList();
  }

  private static long step(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring(STEP.length()));
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    } catch (NoSuchFileException none) {
      return List.of();
    }
  }

  /** Events of a kind, whole lines only, without what the clock decides. */
  List<ObjectNode> events(String kind) throws IOException {
    Path file = folder.resolve("events.jsonl");
    List<ObjectNode> events = new ArrayList<>();
    for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
      if (parsed(line) instanceof ObjectNode node && kind.equals(node.path("event").asText())) {
        events.add(node.remove(TIMES));
      }
    }
    return events;
  }

  /** Missing for half a line, which a killed process leaves. */
  private static JsonNode parsed(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException half) {
      return MissingNode.getInstance();
    }
  }

  JsonNode record() throws IOException {
    return JSON.readTree(folder.resolve("run.json").toFile());
  }

  /**
   * Largest distance of a best weight from that of another run.
   *
   * @param file name of the weights in {@code best}
   */
  double distance(RunFolder other, String file) throws IOException {
    float[] here = weights(file);
    float[] there = other.weights(file);
    if (here.length != there.length) {
      throw new IOException("Cannot compare weights: their number differs (" + file + ")");
    }
    double distance = 0;
    for (int i = 0; i < here.length; i++) {
      distance = Math.max(distance, Math.abs((double) here[i] - there[i]));
    }
    return distance;
  }

  private float[] weights(String file) throws IOException {
    float[] all = {};
    try (SafetensorsReader reader =
        new SafetensorsReader(Files.newInputStream(folder.resolve("best").resolve(file)))) {
      for (Tensor tensor = reader.next(); tensor != null; tensor = reader.next()) {
        int size = Math.toIntExact(tensor.elements());
        int from = all.length;
        all = Arrays.copyOf(all, from + size);
        reader.read(all, from, size);
      }
    }
    return all;
  }

  /** What differs from another run that must be its equal: files byte by byte, and events. */
  List<String> differences(RunFolder other) throws IOException {
    List<String> differences = new ArrayList<>();
    List<String> files = files();
    if (!files.equals(other.files())) {
      differences.add("files: " + files + " and " + other.files());
    }
    for (String file : files) {
      if (other.files().contains(file)
          && Files.mismatch(folder.resolve(file), other.folder.resolve(file)) >= 0) {
        differences.add(file);
      }
    }
    for (String kind : List.of("step", "epoch")) {
      if (!events(kind).equals(other.events(kind))) {
        differences.add("events: " + kind);
      }
    }
    for (String key : List.of("best_epoch", "best_mean_auc", "best_by_task", "epochs", "steps")) {
      if (!record().path(key).equals(other.record().path(key))) {
        differences.add("run.json: " + key);
      }
    }
    return differences;
  }

  /** Files of best weights that differ from those of another run, byte by byte. */
  List<String> bestDifferences(RunFolder other) throws IOException {
    List<String> differences = new ArrayList<>();
    for (Path file : entries(folder.resolve("best"))) {
      String name = file.getFileName().toString();
      if (name.endsWith(".safetensors")
          && Files.mismatch(file, other.folder.resolve("best").resolve(name)) >= 0) {
        differences.add(name);
      }
    }
    return differences;
  }

  /** Best weights, checkpoints and metrics, which hold nothing but what training decides. */
  List<String> files() throws IOException {
    List<String> files = new ArrayList<>();
    for (String part : List.of("best", "checkpoints", "metrics.json", "auc-replicates.json")) {
      if (Files.exists(folder.resolve(part))) {
        try (Stream<Path> below = Files.walk(folder.resolve(part))) {
          below
              .filter(Files::isRegularFile)
              .map(file -> folder.relativize(file).toString())
              .forEach(files::add);
        }
      }
    }
    Collections.sort(files);
    return files;
  }
}
