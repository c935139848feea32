package io.taskweave.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.OutputConflictException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The dominance events of a run as a table, {@code dominance.parquet}: one row an epoch, layer or
 * table, and task.
 */
final class DominanceFile {
  static final String NAME = "dominance.parquet";

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final StructType SCHEMA =
      new StructType()
          .add("epoch", DataTypes.IntegerType)
          .add("step", DataTypes.LongType)
          .add("parameter", DataTypes.StringType)
          .add("task", DataTypes.StringType)
          .add("elements", DataTypes.LongType)
          .add("mean", DataTypes.DoubleType)
          .add("p10", DataTypes.DoubleType)
          .add("p50", DataTypes.DoubleType)
          .add("p90", DataTypes.DoubleType)
          .add("dominated", DataTypes.DoubleType)
          .add("histogram", DataTypes.createArrayType(DataTypes.LongType));

  private DominanceFile() {}

  /** Replaces the table of a run; without events there is none. */
  static void write(SparkSession spark, RunFolder run, String events, Configuration hadoop) {
    Path path = run.file(NAME);
    List<Row> rows = rows(events);
    if (rows.isEmpty()) {
      remove(path, hadoop);
    } else {
      spark
          .createDataFrame(rows, SCHEMA)
          .coalesce(1)
          .write()
          .mode(SaveMode.Overwrite)
          .parquet(path.toString());
    }
  }

  private static void remove(Path path, Configuration hadoop) {
    try {
      path.getFileSystem(hadoop).delete(path, true);
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot remove " + path + ": " + failure.getMessage() + ", check the folder", failure);
    }
  }

  static List<Row> rows(String events) {
    List<Row> rows = new ArrayList<>();
    for (String line : events.lines().toList()) {
      JsonNode event = event(line);
      if (event.path("event").asText().equals("dominance")) {
        event.path("by_task").fields().forEachRemaining(task -> rows.add(row(event, task)));
      }
    }
    return rows;
  }

  private static JsonNode event(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException failure) {
      throw new OutputConflictException(
          "Cannot read back an event: " + failure.getOriginalMessage() + ", check the disk",
          failure);
    }
  }

  private static Row row(JsonNode event, Map.Entry<String, JsonNode> task) {
    JsonNode share = task.getValue();
    Long[] histogram =
        StreamSupport.stream(share.path("histogram").spliterator(), false)
            .map(JsonNode::asLong)
            .toArray(Long[]::new);
    return RowFactory.create(
        event.path("epoch").asInt(),
        event.path("step").asLong(),
        event.path("parameter").asText(),
        task.getKey(),
        event.path("elements").asLong(),
        figure(share, "mean"),
        figure(share, "p10"),
        figure(share, "p50"),
        figure(share, "p90"),
        figure(share, "dominated"),
        histogram);
  }

  /** Null where no element was moved. */
  private static Double figure(JsonNode share, String name) {
    return share.path(name).isNumber() ? share.path(name).asDouble() : null;
  }
}
