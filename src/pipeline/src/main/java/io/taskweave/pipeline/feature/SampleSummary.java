package io.taskweave.pipeline.feature;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Counts of samples by part: rows, positives, missing and unknown values by field. */
final class SampleSummary {
  private SampleSummary() {}

  /**
   * @param fields that have ids
   */
  static ObjectNode of(
      List<PartCounts> parts, EncoderDescription description, List<FieldPlan> fields) {
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    summary.put("streams", description.streams());
    summary.put("vocabulary_version", description.vocabularyVersion());
    ObjectNode tables = summary.putObject("table_rows");
    description.fields().forEach(f -> tables.put(f.plan().table(), f.tableRows()));
    SortedMap<String, PartCounts> bySplit = new TreeMap<>();
    for (PartCounts part : parts) {
      bySplit
          .computeIfAbsent(
              part.split, split -> new PartCounts(split, description.tasks().size(), fields.size()))
          .add(part);
    }
    ObjectNode splits = summary.putObject("splits");
    bySplit.forEach(
        (split, counts) -> describe(splits.putObject(split), counts, description.tasks(), fields));
    return summary;
  }

  private static void describe(
      ObjectNode split, PartCounts counts, List<TaskPlan> tasks, List<FieldPlan> fields) {
    split.put("rows", counts.rows);
    ObjectNode labels = split.putObject("labels");
    for (int task = 0; task < tasks.size(); task++) {
      labels
          .putObject(tasks.get(task).name())
          .put("labelled", counts.labelled[task])
          .put("positives", counts.positives[task]);
    }
    ObjectNode byField = split.putObject("fields");
    for (int field = 0; field < fields.size(); field++) {
      long values = counts.values[field];
      byField
          .putObject(fields.get(field).name())
          .put("missing_rate", (double) counts.missing[field] / counts.rows)
          .put("out_of_vocabulary_rate", values == 0 ? 0 : (double) counts.unknown[field] / values);
    }
  }
}
