package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * One record of {@code metrics.json}; what a record leaves out is empty, NaN or -1.
 *
 * @param checkpoint {@code common_epoch}, also where a record says nothing, or {@code own_epoch}
 */
record MetricRow(
    String metric,
    String task,
    String split,
    String group,
    String weighting,
    String checkpoint,
    double value,
    long rows,
    long positives,
    long groupsUsed,
    long groupsSkipped,
    double low,
    double high,
    String reason) {
  /** Group of all rows. */
  static final String ALL = "all";

  /** Scores by the weights of the epoch that is best for all tasks together. */
  static final String COMMON_EPOCH = "common_epoch";

  /** Task of the plain mean over tasks. */
  static final String MEAN = "mean";

  /** Reads the list, or the list under {@code metrics} or {@code records} of an object. */
  static List<MetricRow> of(JsonNode json) {
    JsonNode list = json;
    for (String key : List.of("metrics", "records")) {
      if (json.path(key).isArray()) {
        list = json.path(key);
      }
    }
    List<MetricRow> rows = new ArrayList<>();
    for (JsonNode record : list) {
      rows.add(
          new MetricRow(
              record.path("metric").asText(""),
              record.path("task").asText(""),
              record.path("split").asText(""),
              record.path("group").asText(ALL),
              record.path("weighting").isNull() ? "" : record.path("weighting").asText(""),
              record.path("checkpoint").asText(COMMON_EPOCH),
              Figures.number(record.path("value")),
              record.path("rows").asLong(-1),
              record.path("positives").asLong(-1),
              record.path("groups_used").asLong(-1),
              record.path("groups_skipped").asLong(-1),
              Figures.number(record.path("ci_low")),
              Figures.number(record.path("ci_high")),
              record.path("reason").asText("")));
    }
    return rows;
  }

  boolean hasInterval() {
    return Double.isFinite(low) && Double.isFinite(high);
  }

  /** Whether it is a mean over tasks, whose rows and positives are sums over tasks. */
  boolean mean() {
    return task.equals(MEAN);
  }

  /** Not measured at the own best epochs of tasks. */
  boolean atCommonEpoch() {
    return checkpoint.equals(COMMON_EPOCH);
  }

  boolean everyone() {
    return group.equals(ALL);
  }
}
