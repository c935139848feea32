package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;

/** Where the numbers come from: code, inputs, seeds, settings and hashes of every stage. */
final class ProvenanceSection extends Section {
  ProvenanceSection() {
    super("provenance", "Provenance");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    run(page, inputs.run());
    stages(page, inputs.run().path("stages"));
    if (inputs.manifests().isEmpty()) {
      note(page, "This workspace has no published data sets.");
      return;
    }
    dataSets(page, inputs);
    sources(page, inputs);
    settings(page, inputs);
  }

  private static void run(Markup page, JsonNode run) {
    Table table = new Table("Run", "What", "Value");
    for (Map.Entry<String, JsonNode> entry : run.properties()) {
      if (entry.getValue().isValueNode()) {
        table.row(entry.getKey().replace('_', ' '), Figures.plain(entry.getValue()));
      } else if (entry.getValue().isObject()) {
        for (Map.Entry<String, JsonNode> inner : entry.getValue().properties()) {
          if (inner.getValue().isValueNode()) {
            String name = entry.getKey() + " " + inner.getKey();
            table.row(name.replace('_', ' '), Figures.plain(inner.getValue()));
          }
        }
      }
    }
    if (table.isEmpty()) {
      note(page, "This run has no run.json.");
    } else {
      table.write(page);
    }
  }

  private static void stages(Markup page, JsonNode stages) {
    Table table = new Table("Time by stage", "Stage", "Outcome").figure("Time");
    for (JsonNode stage : stages) {
      table.row(
          stage.path("name").asText(""),
          stage.path("skipped").asBoolean() ? "up to date" : "run",
          Figures.seconds(Figures.number(stage.path("seconds"))));
    }
    if (!table.isEmpty()) {
      table.write(page);
    }
  }

  private static void dataSets(Markup page, ReportInputs inputs) {
    Table table = new Table("Data sets", "Data set", "Code version", "Content hash");
    table.figure("Rows").figure("Files");
    inputs
        .manifests()
        .forEach(
            (name, manifest) ->
                table.row(
                    name,
                    manifest.path("code_version").asText(""),
                    manifest.path("content_hash").asText(""),
                    Figures.count(manifest.path("rows")),
                    Figures.count(manifest.path("files").size())));
    table.write(page);
  }

  private static void sources(Markup page, ReportInputs inputs) {
    Table table = new Table("Inputs of the data sets", "Data set", "Input", "Fingerprint");
    inputs
        .manifests()
        .forEach(
            (name, manifest) -> {
              for (JsonNode input : manifest.path("inputs")) {
                table.row(
                    name, input.path("path").asText(""), input.path("fingerprint").asText(""));
              }
            });
    if (!table.isEmpty()) {
      table.write(page);
    }
  }

  private static void settings(Markup page, ReportInputs inputs) {
    Table table = new Table("Settings that the data sets depend on", "Data set", "Key", "Value");
    inputs
        .manifests()
        .forEach(
            (name, manifest) -> {
              Map<String, String> sorted = new TreeMap<>();
              manifest
                  .path("settings")
                  .properties()
                  .forEach(entry -> sorted.put(entry.getKey(), Figures.plain(entry.getValue())));
              sorted.forEach((key, value) -> table.row(name, key, value));
            });
    folded(page, "Settings that the data sets depend on", table);
  }
}
