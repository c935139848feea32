package io.taskweave.pipeline.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What one run of a stage has written.
 *
 * @param schema Spark schema of the rows as JSON; empty if there are none
 * @param contentByPartition rows and hash of each {@code dt} written; key "" for what has none
 * @param summary counts and notes for readers; part of the manifest
 * @param replacedPartitions the values of {@code dt} that this run replaces, the others stay as
 *     published; empty if it replaces everything
 */
public record StageResult(
    String schema,
    SortedMap<String, PartitionContent> contentByPartition,
    JsonNode summary,
    Set<String> replacedPartitions) {
  public StageResult {
    Objects.requireNonNull(schema, "schema");
    contentByPartition = new TreeMap<>(contentByPartition);
    Objects.requireNonNull(summary, "summary");
    replacedPartitions = Set.copyOf(replacedPartitions);
  }

  /** Describes rows that are already written and replace everything; reads them once. */
  public static StageResult ofRows(Dataset<Row> written, JsonNode summary) {
    return new StageResult(
        written.schema().json(), PartitionContent.byPartition(written), summary, Set.of());
  }

  /** For a data set whose content is its summary and the files beside it, without rows. */
  public static StageResult ofSummary(JsonNode summary) {
    TreeMap<String, PartitionContent> content = new TreeMap<>();
    content.put(
        "", new PartitionContent(0, Fingerprint.ofText(summary.toString()).substring(0, 16)));
    return new StageResult("", content, summary, Set.of());
  }

  public long rows() {
    return contentByPartition.values().stream().mapToLong(PartitionContent::rows).sum();
  }
}
