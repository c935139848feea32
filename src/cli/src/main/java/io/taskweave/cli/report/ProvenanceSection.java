package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where the numbers come from: code, inputs, seeds, machine, time. */
final class ProvenanceSection extends Section {
  ProvenanceSection() {
    super("provenance", "Provenance");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    run(page, inputs.run());
    stages(page, inputs.run().path("stages"));
    dataSets(page, inputs);
  }

  private static void run(Markup page, JsonNode run) {
    List<List<String>> rows = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : run.properties()) {
      if (entry.getValue().isValueNode()) {
        rows.add(List.of(entry.getKey().replace('_', ' '), Figures.plain(entry.getValue())));
      } else if (entry.getValue().isObject()) {
        for (Map.Entry<String, JsonNode> inner : entry.getValue().properties()) {
          if (inner.getValue().isValueNode()) {
            String name = entry.getKey() + " " + inner.getKey();
            rows.add(List.of(name.replace('_', ' '), Figures.plain(inner.getValue())));
          }
        }
      }
    }
    if (rows.isEmpty()) {
      note(page, "This run has no run.json.");
    } else {
      table(page, "Run", 2, List.of("What", "Value"), rows);
    }
  }

  private static void stages(Markup page, JsonNode stages) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode stage : stages) {
      rows.add(
          List.of(
              stage.path("name").asText(""),
              stage.path("skipped").asBoolean() ? "skipped" : "run",
              Figures.seconds(Figures.number(stage.path("seconds")))));
    }
    if (rows.isEmpty()) {
      note(page, "No times of stages.");
    } else {
      table(page, "Time by stage", 2, List.of("Stage", "Outcome", "Time"), rows);
    }
  }

  private static void dataSets(Markup page, ReportInputs inputs) {
    List<List<String>> sets = new ArrayList<>();
    List<List<String>> sources = new ArrayList<>();
    inputs
        .manifests()
        .forEach(
            (name, manifest) -> {
              sets.add(
                  List.of(
                      name,
                      manifest.path("code_version").asText(""),
                      manifest.path("content_hash").asText(""),
                      Figures.count(manifest.path("rows"))));
              for (JsonNode input : manifest.path("inputs")) {
                sources.add(
                    List.of(
                        name, input.path("path").asText(""), input.path("fingerprint").asText("")));
              }
            });
    if (sets.isEmpty()) {
      note(page, "This workspace has no published data sets.");
      return;
    }
    table(page, "Data sets", 3, List.of("Data set", "Code version", "Content hash", "Rows"), sets);
    if (!sources.isEmpty()) {
      table(page, "Inputs", 3, List.of("Data set", "Input", "Fingerprint"), sources);
    }
  }
}
