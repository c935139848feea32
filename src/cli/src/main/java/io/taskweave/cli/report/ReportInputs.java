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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What a report is drawn from: files of a run and of its workspace, all in snake case. A file that
 * is absent is a missing node or an empty list, and its section says so.
 *
 * @param run {@code run.json}: scalars such as {@code status, seed, best_epoch}, and {@code stages
 *     [{name, seconds, skipped}]}
 * @param modelType of {@code best/model.json}; empty without one
 * @param metrics {@code metrics.json}
 * @param events lines of {@code events.jsonl}, whose key "event" is {@code start}, {@code step}
 *     with {@code step, loss_by_task} or {@code epoch} with {@code epoch, learning_rate,
 *     train_loss_by_task, validation_log_loss_by_task, validation_auc_by_task} or {@code dominance}
 *     with {@code epoch, measured_steps, parameter, elements, by_task: {<task>: {mean, p10, p50,
 *     p90, dominated, histogram}}}
 * @param gates {@code gates.json}: {@code [{split, group, task, source, mean, rows}]}
 * @param kappaSweep {@code kappa-sweep.json}: {@code [{kappa, pair, group, metric, task, ..}]}
 * @param analysis {@code analysis.json} of the workspace
 * @param comparison {@code comparison.json}: {@code {first, second, differences}} to another run
 * @param correlation {@code correlation.json}: what the model learnt of when and what, and the data
 *     say of it
 * @param manifests of the data sets by the name of their folder, the predictions of the run among
 *     them
 */
record ReportInputs(
    String runName,
    JsonNode run,
    String modelType,
    List<MetricRow> metrics,
    List<JsonNode> events,
    JsonNode gates,
    JsonNode kappaSweep,
    String configuration,
    JsonNode analysis,
    JsonNode comparison,
    JsonNode correlation,
    JsonNode validation,
    JsonNode audit,
    SortedMap<String, JsonNode> manifests) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<String> DATA_SETS =
      List.of("log", "validation", "split", "samples", "audit", "groups", "analysis");

  static ReportInputs read(Path workspace, Path runFolder, Configuration configuration) {
    Files files = new Files(configuration);
    SortedMap<String, JsonNode> manifests = new TreeMap<>();
    for (String name : DATA_SETS) {
      JsonNode manifest = files.json(new Path(workspace, name + "/manifest.json"));
      if (!manifest.isMissingNode()) {
        manifests.put(name, manifest);
      }
    }
    for (String split : List.of("train", "valid", "test")) {
      String name = "predictions/split=" + split;
      JsonNode predictions = files.json(new Path(runFolder, name + "/manifest.json"));
      if (!predictions.isMissingNode()) {
        manifests.put(name, predictions);
      }
    }
    return new ReportInputs(
        // A path made of a folder's URI ends in a slash and has no name; a parsed one has.
        new Path(runFolder.toString()).getName(),
        files.json(new Path(runFolder, "run.json")),
        files.json(new Path(runFolder, "best/model.json")).path("type").asText(""),
        MetricRow.of(files.json(new Path(runFolder, "metrics.json"))),
        files.lines(new Path(runFolder, "events.jsonl")),
        files.json(new Path(runFolder, "gates.json")),
        files.json(new Path(runFolder, "kappa-sweep.json")),
        files.text(new Path(runFolder, "resolved.conf")),
        files.published(workspace, "analysis", manifests),
        files.json(new Path(runFolder, "comparison.json")),
        files.json(new Path(runFolder, "correlation.json")),
        files.published(workspace, "validation", manifests),
        files.published(workspace, "audit", manifests),
        manifests);
  }

  /** Tasks in the order of the configuration as far as a file tells it. */
  List<String> tasks() {
    Set<String> tasks = new LinkedHashSet<>();
    manifest("groups").path("summary").path("tasks").forEach(task -> tasks.add(task.asText()));
    metrics.forEach(row -> tasks.add(row.task()));
    analysis.path("labels").forEach(label -> tasks.add(label.path("task").asText("")));
    for (JsonNode event : events) {
      tasks.addAll(Figures.names(event.path("train_loss_by_task")));
    }
    tasks.remove(MetricRow.MEAN);
    return List.copyOf(tasks);
  }

  JsonNode manifest(String dataSet) {
    return manifests.getOrDefault(dataSet, MissingNode.getInstance());
  }

  List<JsonNode> events(String kind) {
    return events.stream().filter(event -> event.path("event").asText("").equals(kind)).toList();
  }

  /** Pairs of tasks by which users are grouped; empty without groups. */
  List<String> pairs() {
    Set<String> pairs = new LinkedHashSet<>();
    JsonNode sizes = manifest("groups").path("summary").path("sizes");
    sizes.forEach(size -> pairs.add(size.path("pair").asText("")));
    return List.copyOf(pairs);
  }

  /** The pair that a group's name begins with where there are several; empty for all users. */
  String pairOf(String group) {
    List<String> pairs = pairs();
    if (pairs.size() == 1) {
      return group.equals(MetricRow.ALL) ? "" : pairs.get(0);
    }
    return pairs.stream().filter(pair -> group.startsWith(pair + ":")).findFirst().orElse("");
  }

  /** The name of a group within its pair. */
  String nameInPair(String group) {
    String pair = pairOf(group);
    return pairs().size() > 1 && !pair.isEmpty() ? group.substring(pair.length() + 1) : group;
  }

  /** Reads what is there. */
  record Files(Configuration configuration) {
    /** {@code <name>/<name>.json} among the files of the manifest, or the manifest's summary. */
    JsonNode published(Path workspace, String name, SortedMap<String, JsonNode> manifests) {
      JsonNode manifest = manifests.getOrDefault(name, MissingNode.getInstance());
      Path folder = new Path(workspace, name);
      for (JsonNode file : manifest.path("files")) {
        if (file.path("path").asText("").endsWith(name + ".json")) {
          return json(new Path(folder, file.path("path").asText()));
        }
      }
      JsonNode plain = json(new Path(folder, name + ".json"));
      return plain.isMissingNode() ? manifest.path("summary") : plain;
    }

    List<JsonNode> lines(Path path) {
      List<JsonNode> lines = new ArrayList<>();
      for (String line : text(path).split("\n", -1)) {
        event(line).ifPresent(lines::add);
      }
      return lines;
    }

    /** A killed run may leave half a line behind; the others still count. */
    private static Optional<JsonNode> event(String line) {
      try {
        return Optional.of(JSON.readTree(line));
      } catch (JsonProcessingException truncated) {
        return Optional.empty();
      }
    }

    JsonNode json(Path path) {
      String text = text(path);
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

    String text(Path path) {
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
}
