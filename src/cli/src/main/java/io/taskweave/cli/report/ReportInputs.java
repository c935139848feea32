package io.taskweave.cli.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.taskweave.core.error.InputRejectedException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What a report is drawn from: files of a run and of its workspace, all in snake case. A file that
 * is absent is a missing node or an empty list, and its section says so.
 *
 * @param run {@code run.json}: {@code status, code_version, seed, machine {..}, inputs [{path,
 *     fingerprint}], stages [{name, seconds, skipped}], gate_weights [{task, source, mean}]}
 * @param metrics {@code metrics.json}
 * @param events lines of {@code events.jsonl}, whose key "event" is {@code step} with {@code step,
 *     loss_by_task} or {@code epoch} with {@code epoch, learning_rate, train_loss_by_task,
 *     validation_auc_by_task}
 * @param gates {@code gate-weights.json} if it stands apart from {@code run.json}
 * @param analysis {@code analysis.json}, or the summary of the manifest beside it
 * @param comparison differences to another run, or a missing node
 * @param manifests of the workspace's data sets by the name of their folder
 */
record ReportInputs(
    String runName,
    JsonNode run,
    List<MetricRow> metrics,
    List<JsonNode> events,
    JsonNode gates,
    String configuration,
    JsonNode analysis,
    JsonNode comparison,
    SortedMap<String, JsonNode> manifests) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<String> DATA_SETS =
      List.of("log", "validation", "split", "samples", "groups", "analysis");

  static ReportInputs read(
      Path workspace, Path runFolder, JsonNode comparison, Configuration configuration) {
    SortedMap<String, JsonNode> manifests = new TreeMap<>();
    for (String name : DATA_SETS) {
      JsonNode manifest = json(new Path(workspace, name + "/manifest.json"), configuration);
      if (!manifest.isMissingNode()) {
        manifests.put(name, manifest);
      }
    }
    JsonNode analysis = json(new Path(workspace, "analysis/analysis.json"), configuration);
    if (analysis.isMissingNode() && manifests.containsKey("analysis")) {
      analysis = manifests.get("analysis").path("summary");
    }
    List<JsonNode> events = new ArrayList<>();
    Path eventFile = new Path(runFolder, "events.jsonl");
    for (String line : text(eventFile, configuration).split("\n", -1)) {
      if (!line.isBlank()) {
        events.add(event(line));
      }
    }
    return new ReportInputs(
        // A path made of a folder's URI ends in a slash and has no name; a parsed one has.
        new Path(runFolder.toString()).getName(),
        json(new Path(runFolder, "run.json"), configuration),
        MetricRow.of(json(new Path(runFolder, "metrics.json"), configuration)),
        events,
        json(new Path(runFolder, "gate-weights.json"), configuration),
        text(new Path(runFolder, "resolved.conf"), configuration),
        analysis,
        comparison,
        manifests);
  }

  /** A killed run may leave half a line behind; the others still count. */
  private static JsonNode event(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException truncated) {
      return MissingNode.getInstance();
    }
  }

  private static JsonNode json(Path path, Configuration configuration) {
    String text = text(path, configuration);
    if (text.isBlank()) {
      return MissingNode.getInstance();
    }
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException failure) {
      throw new InputRejectedException(
          String.format(
              "Cannot read %s: it is not JSON (%s), rerun the command that writes it",
              path, failure.getOriginalMessage()),
          failure);
    }
  }

  private static String text(Path path, Configuration configuration) {
    try {
      FileSystem files = path.getFileSystem(configuration);
      try (InputStream in = files.open(path)) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (FileNotFoundException absent) {
      return "";
    } catch (IOException failure) {
      throw new InputRejectedException(
          "Cannot read " + path + ": " + failure.getMessage() + ", check the path", failure);
    }
  }
}
