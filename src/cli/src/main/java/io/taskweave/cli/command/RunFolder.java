package io.taskweave.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.OutputConflictException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** The folder of a run and the small files in it. */
final class RunFolder {
  static final String RUN = "run.json";
  static final String RESOLVED = "resolved.conf";
  static final String STATUS = "status";
  static final String FINISHED = "finished";

  /** Tells what the run has been trained on. */
  static final String INPUT = "input_fingerprint";

  /** What is measured of a run's weights. */
  private static final List<String> RESULTS =
      List.of(
          EvaluationStep.METRICS,
          EvaluationStep.REPLICATES,
          EvaluationStep.GATES,
          EvaluationStep.KAPPA_SWEEP,
          ComparisonStep.FILE,
          CorrelationStep.FILE,
          DominanceFile.NAME,
          ScoringStage.PREDICTIONS);

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path path;
  private final Configuration configuration;

  RunFolder(Path path, Configuration configuration) {
    this.path = path;
    this.configuration = configuration;
  }

  Path path() {
    return path;
  }

  Path file(String name) {
    return new Path(path, name);
  }

  /** What {@code run.json} holds; empty if there is none, or half of one. */
  ObjectNode record() {
    Path file = file(RUN);
    try (InputStream in = file.getFileSystem(configuration).open(file)) {
      JsonNode node = JSON.readTree(in);
      return node instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    } catch (FileNotFoundException | JsonProcessingException unfinished) {
      return JsonNodeFactory.instance.objectNode();
    } catch (IOException failure) {
      throw failure(file, failure);
    }
  }

  boolean has(String name) {
    Path file = file(name);
    try {
      return file.getFileSystem(configuration).exists(file);
    } catch (IOException failure) {
      throw failure(file, failure);
    }
  }

  boolean isFinished() {
    return FINISHED.equals(record().path(STATUS).asText());
  }

  /**
   * @throws InputRejectedException if nobody has trained here
   */
  void requireRun() {
    if (!has(RUN)) {
      throw new InputRejectedException(
          "Cannot use the run: none lies there ("
              + path
              + "), name a folder such as work/demo/runs/stem-net");
    }
  }

  /**
   * @throws InputRejectedException if there is no run, or its training has not finished
   */
  void requireFinished() {
    requireRun();
    if (!isFinished()) {
      throw new InputRejectedException(
          "Cannot use the run: its training has not finished (" + path + "), train it to its end");
    }
  }

  /** Removes what was measured of weights that are about to change. */
  void removeResults() {
    for (String name : RESULTS) {
      Path result = file(name);
      try {
        result.getFileSystem(configuration).delete(result, true);
      } catch (IOException failure) {
        throw failure(result, failure);
      }
    }
  }

  String text(String name) {
    Path file = file(name);
    try (InputStream in = file.getFileSystem(configuration).open(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw failure(file, failure);
    }
  }

  void write(ObjectNode record) {
    writeText(RUN, record.toPrettyString() + "\n");
  }

  void writeText(String name, String text) {
    Path file = file(name);
    try (OutputStream out = file.getFileSystem(configuration).create(file, true)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw failure(file, failure);
    }
  }

  private static OutputConflictException failure(Path file, IOException cause) {
    return new OutputConflictException(
        "Cannot use " + file + ": " + cause.getMessage() + ", check the folder", cause);
  }
}
