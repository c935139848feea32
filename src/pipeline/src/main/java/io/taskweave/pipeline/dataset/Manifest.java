package io.taskweave.pipeline.dataset;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.InputRejectedException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The one small file that makes a data set: what is not listed here does not belong to it.
 *
 * @param codeVersion version of taskweave and a digest of its data jobs
 * @param settingsHash SHA-256 of {@code settings}
 * @param schema Spark schema of the rows as JSON; empty if there are none
 * @param contentHash of all partitions together, see {@link PartitionContent}
 */
public record Manifest(
    int formatVersion,
    String stage,
    String codeVersion,
    List<StageInput> inputs,
    String settingsHash,
    SortedMap<String, String> settings,
    long rows,
    SortedMap<String, PartitionContent> contentByPartition,
    String schema,
    String contentHash,
    List<DataFile> files,
    JsonNode summary) {
  public static final int FORMAT_VERSION = 1;
  static final String FILE_NAME = "manifest.json";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  public Manifest {
    inputs = List.copyOf(inputs);
    settings = new TreeMap<>(settings);
    contentByPartition = new TreeMap<>(contentByPartition);
    files = List.copyOf(files);
  }

  /** Rows of each {@code dt} that has some. */
  public SortedMap<String, Long> rowsByPartition() {
    TreeMap<String, Long> counts = new TreeMap<>();
    contentByPartition.forEach((partition, content) -> counts.put(partition, content.rows()));
    counts.values().removeIf(rows -> rows == 0);
    return counts;
  }

  /** The manifest of a data set, if one was ever committed. */
  public static Optional<Manifest> find(Path dataSet, Configuration configuration) {
    Path path = new Path(dataSet, FILE_NAME);
    String text;
    try {
      text = new String(AtomicFile.at(path, configuration).read(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException absent) {
      return Optional.empty();
    } catch (IOException failure) {
      throw new InputRejectedException(
          "Cannot read " + path + ": " + failure.getMessage() + ", check the path", failure);
    }
    try {
      Manifest manifest = JSON.readValue(text, Manifest.class);
      if (manifest == null || manifest.formatVersion != FORMAT_VERSION) {
        throw new InputRejectedException(
            String.format(
                "Cannot read %s: format version is not %d (%s), rerun its stage with --force",
                path, FORMAT_VERSION, manifest == null ? "none" : manifest.formatVersion));
      }
      return Optional.of(manifest);
    } catch (JsonProcessingException failure) {
      throw new InputRejectedException(
          String.format(
              "Cannot read %s: the manifest is corrupt (%s), rerun its stage with --force",
              path, failure.getOriginalMessage()),
          failure);
    }
  }

  /** The commit: readers see the previous manifest or this one, never a part of it. */
  void publish(Path dataSet, Configuration configuration) throws IOException {
    AtomicFile.at(new Path(dataSet, FILE_NAME), configuration)
        .replace(toJson().getBytes(StandardCharsets.UTF_8));
  }

  String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
