package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Files of a finished run and its workspace. Every number is drawn, so that one in a wrong place is
 * seen to be wrong.
 */
final class RunFixture {
  static final List<String> SPLITS = List.of("train", "valid", "test");
  static final List<String> JSON_FILES =
      List.of(
          "analysis/analysis.json",
          "samples/manifest.json",
          "groups/manifest.json",
          "run.json",
          "metrics.json",
          "gates.json",
          "kappa-sweep.json");
  private static final List<String> DAYS = List.of("2026-01-01", "2026-01-02");
  private static final List<String> FIELDS = List.of("user_id", "<b>field</b>");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path workspace;
  private final Path run;
  private final List<String> tasks;
  private final Random random = new Random(7);

  RunFixture(Path workspace, Path run, List<String> tasks) {
    this.workspace = workspace;
    this.run = run;
    this.tasks = tasks;
  }

  JsonNode read(String path) {
    Path file = path.contains("/") ? workspace.resolve(path) : run.resolve(path);
    try {
      return JSON.readTree(Files.readString(file));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  void write() throws IOException {
    write(workspace.resolve("analysis/analysis.json"), analysis());
    write(workspace.resolve("analysis/manifest.json"), manifest("analysis", object()));
    write(workspace.resolve("samples/manifest.json"), manifest("samples", samples()));
    write(workspace.resolve("groups/manifest.json"), manifest("groups", groups()));
    write(run.resolve("run.json"), run());
    write(run.resolve("best/model.json"), object().put("type", "stem-net"));
    write(run.resolve("metrics.json"), metrics());
    write(run.resolve("gates.json"), gates());
    write(run.resolve("kappa-sweep.json"), kappaSweep());
    Files.writeString(run.resolve("resolved.conf"), "training { max-epochs = 20 }\n");
    Files.writeString(run.resolve("events.jsonl"), events());
  }

  static void write(Path file, JsonNode content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content.toPrettyString());
  }

  List<String> pairs() {
    List<String> pairs = new ArrayList<>();
    for (int first = 0; first < tasks.size(); first++) {
      for (int second = first + 1; second < tasks.size(); second++) {
        pairs.add(tasks.get(first) + "|" + tasks.get(second));
      }
    }
    return pairs;
  }

  private List<String> groupsOf(String pair) {
    String[] two = pair.split("\\|", 2);
    return List.of("comparable", two[0] + "-dominant", two[1] + "-dominant", "unseen");
  }

  /** As evaluation names them. */
  List<String> groupNames() {
    List<String> names = new ArrayList<>(List.of("all"));
    for (String pair : pairs()) {
      groupsOf(pair).forEach(group -> names.add(pairs().size() == 1 ? group : pair + ":" + group));
    }
    return names;
  }

  private ObjectNode analysis() {
    ObjectNode analysis = object();
    ArrayNode labels = analysis.putArray("labels");
    for (int split = 0; split < SPLITS.size(); split++) {
      long rows = count();
      for (String task : tasks) {
        labels
            .addObject()
            .put("split", SPLITS.get(split))
            .put("dt", DAYS.get(Math.min(split, 1)))
            .put("task", task)
            .put("rows", rows)
            .put("labelled", rows - 5)
            .put("positives", rows / 3 - random.nextInt(100));
      }
    }
    ArrayNode together = analysis.putArray("co_occurrence");
    for (String pair : pairs()) {
      together
          .addObject()
          .put("first", pair.split("\\|", 2)[0])
          .put("second", pair.split("\\|", 2)[1])
          .put("rows", count())
          .put("first_positives", count())
          .put("second_positives", count())
          .put("both", random.nextInt(900))
          .put("lift", 2 * share());
    }
    for (String curve : List.of("user_activity", "item_popularity")) {
      ArrayNode bins = analysis.putArray(curve);
      for (long from = 1; from < 64; from *= 2) {
        bins.addObject()
            .put("from", from)
            .put("to", 2 * from - 1)
            .put("count", count())
            .put("rows", count());
      }
    }
    return analysis;
  }

  private ObjectNode samples() {
    ObjectNode summary = object();
    ObjectNode tables = summary.putObject("table_rows");
    FIELDS.forEach(field -> tables.put(field, count()));
    ObjectNode splits = summary.putObject("splits");
    for (String split : SPLITS) {
      ObjectNode fields = splits.putObject(split).putObject("fields");
      for (String field : FIELDS) {
        fields.putObject(field).put("missing_rate", share()).put("out_of_vocabulary_rate", share());
      }
    }
    return summary;
  }

  private ObjectNode groups() {
    ObjectNode summary = object();
    summary.put("kappa", 1.5).put("method", "log-ratio").put("normalise", true);
    ArrayNode names = summary.putArray("tasks");
    tasks.forEach(names::add);
    ArrayNode sizes = summary.putArray("sizes");
    ArrayNode rates = summary.putArray("label_rates");
    ArrayNode sweep = summary.putArray("sweep");
    ArrayNode histogram = summary.putArray("rho_histogram");
    for (String pair : pairs()) {
      for (String group : groupsOf(pair)) {
        if (!group.equals("unseen")) {
          sizes.addObject().put("pair", pair).put("group", group).put("users", count());
        }
        for (String split : group.equals("unseen") ? SPLITS.subList(1, 3) : SPLITS) {
          ObjectNode rate = rates.addObject().put("pair", pair).put("group", group);
          rate.put("split", split).put("rows", count());
          ObjectNode byTask = rate.putObject("label_rates");
          tasks.forEach(task -> byTask.put(task, share()));
        }
      }
      for (double kappa : new double[] {1.25, 1.5, 2}) {
        sweep
            .addObject()
            .put("kappa", kappa)
            .put("pair", pair)
            .put("first_dominant", count())
            .put("comparable", count())
            .put("second_dominant", count());
      }
      for (double from : new double[] {-1, -0.25, 0, 0.25}) {
        histogram
            .addObject()
            .put("pair", pair)
            .put("from", from)
            .put("to", from + 0.25)
            .put("users", count());
      }
    }
    return summary;
  }

  private static ObjectNode manifest(String stage, ObjectNode summary) {
    ObjectNode manifest = object().put("format_version", 1).put("stage", stage);
    manifest.put("code_version", "0.1.0-" + stage).put("content_hash", "hash-of-" + stage);
    manifest.put("rows", 900);
    manifest.putArray("inputs").addObject().put("path", "log").put("fingerprint", "print-" + stage);
    manifest.putObject("settings").put("streams", "8");
    manifest.putArray("files").addObject().put("path", "part-0.parquet");
    manifest.set("summary", summary);
    return manifest;
  }

  private static ObjectNode run() {
    ObjectNode run = object().put("status", "finished").put("seed", 2023).put("best_epoch", 2);
    run.put("epochs", 3).put("seconds", 48.7);
    return run;
  }

  private String events() {
    StringBuilder lines = new StringBuilder();
    lines.append(object().put("event", "start").put("parameters", 1_419_034)).append('\n');
    for (int step = 10; step <= 30; step += 10) {
      ObjectNode event = object().put("event", "step").put("step", step);
      event.set("loss_by_task", byTask());
      lines.append(event).append('\n');
    }
    for (int epoch = 1; epoch <= 3; epoch++) {
      ObjectNode event = object().put("event", "epoch").put("epoch", epoch);
      event.put("learning_rate", 1e-3 / epoch).put("mean_auc", share()).put("seconds", 10 * epoch);
      event.put("improved", epoch < 3);
      event.set("train_loss_by_task", byTask());
      event.set("validation_log_loss_by_task", byTask());
      event.set("validation_auc_by_task", byTask());
      lines.append(event).append('\n');
      for (String parameter : List.of("embedding/shared/user_id", "experts/shared/linear0")) {
        lines.append(dominance(epoch, parameter)).append('\n');
      }
    }
    return lines.toString();
  }

  private ObjectNode dominance(int epoch, String parameter) {
    ObjectNode event = object().put("event", "dominance").put("epoch", epoch);
    event.put("step", 10 * epoch).put("measured_steps", 9).put("parameter", parameter);
    event.put("elements", 1_000 + epoch);
    ObjectNode values = event.putObject("by_task");
    for (String task : tasks) {
      ObjectNode shares = values.putObject(task);
      for (String name : List.of("mean", "p10", "p50", "p90", "dominated")) {
        shares.put(name, share());
      }
      ArrayNode histogram = shares.putArray("histogram");
      for (int bin = 0; bin < 20; bin++) {
        histogram.add(10 + bin);
      }
    }
    return event;
  }

  private ObjectNode byTask() {
    ObjectNode values = object();
    tasks.stream().sorted().forEach(task -> values.put(task, share()));
    return values;
  }

  private ArrayNode metrics() {
    ArrayNode records = JsonNodeFactory.instance.arrayNode();
    for (String split : SPLITS.subList(1, 3)) {
      for (String group : groupNames()) {
        for (String task : tasks) {
          for (String metric : List.of("auc", "log_loss", "calibration", "normalised_entropy")) {
            metric(records, metric, task, split, group, "");
          }
          metric(records, "gauc", task, split, group, "samples");
          metric(records, "gauc", task, split, group, "none");
        }
        metric(records, "auc", "mean", split, group, "");
      }
      for (String task : tasks) {
        for (int bin = 1; bin <= 10; bin++) {
          ObjectNode record = metric(records, "calibration_bin_" + bin, task, split, "all", "");
          record.putNull("ci_low").putNull("ci_high");
          record.put("rows", 1_000 + bin).put("positives", 10L * bin);
        }
      }
    }
    return records;
  }

  private ObjectNode metric(
      ArrayNode records, String metric, String task, String split, String group, String weighting) {
    double value = share();
    return records
        .addObject()
        .put("metric", metric)
        .put("task", task)
        .put("split", split)
        .put("group", group)
        .put("weighting", weighting)
        .put("value", value)
        .put("rows", count())
        .put("positives", count())
        .put("groups_used", count())
        .put("groups_skipped", count())
        .put("ci_low", value - share() / 10)
        .put("ci_high", value + share() / 10)
        .put("reason", "");
  }

  private ArrayNode gates() {
    ArrayNode records = JsonNodeFactory.instance.arrayNode();
    List<String> sources = new ArrayList<>(tasks);
    sources.add("shared");
    for (String split : SPLITS.subList(1, 3)) {
      for (String group : groupNames()) {
        long rows = count();
        for (String task : tasks) {
          for (String source : sources) {
            records
                .addObject()
                .put("split", split)
                .put("group", group)
                .put("task", task)
                .put("source", source)
                .put("mean", share())
                .put("rows", rows);
          }
        }
      }
    }
    return records;
  }

  private ArrayNode kappaSweep() {
    ArrayNode records = JsonNodeFactory.instance.arrayNode();
    for (String pair : pairs()) {
      for (double kappa : new double[] {1.25, 1.5, 2}) {
        for (String group : List.of("comparable", "not-comparable")) {
          for (String task : tasks) {
            records
                .addObject()
                .put("kappa", kappa)
                .put("pair", pair)
                .put("group", group)
                .put("task", task)
                .put("split", "test")
                .put("value", share())
                .put("rows", count())
                .put("positives", count());
          }
        }
      }
    }
    return records;
  }

  private double share() {
    return random.nextDouble();
  }

  private long count() {
    return 1_000L + random.nextInt(9_000_000);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
