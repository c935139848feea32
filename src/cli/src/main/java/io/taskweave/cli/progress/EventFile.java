package io.taskweave.cli.progress;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.OutputConflictException;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/** {@code events.jsonl} of a run: one JSON object a line, complete after every line. */
public final class EventFile implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path path;
  private final Configuration configuration;
  private OutputStream out;

  /**
   * @param append go on after the present lines, as a resumed run does
   */
  public EventFile(Path path, boolean append, Configuration configuration) {
    this.path = path;
    this.configuration = configuration;
    try {
      rewrite(append ? present(event -> true) : new byte[0]);
    } catch (IOException failure) {
      throw failure(failure);
    }
  }

  /** Drops the events so far that do not pass. */
  public void retain(Predicate<JsonNode> kept) {
    try {
      out.close();
      rewrite(present(kept));
    } catch (IOException failure) {
      throw failure(failure);
    }
  }

  /** The whole lines that pass; a process that was killed may have left half of one. */
  private byte[] present(Predicate<JsonNode> kept) throws IOException {
    FileSystem files = path.getFileSystem(configuration);
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    if (files.exists(path)) {
      try (BufferedReader reader =
          new BufferedReader(new InputStreamReader(files.open(path), StandardCharsets.UTF_8))) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          if (passes(line, kept)) {
            lines.write((line + "\n").getBytes(StandardCharsets.UTF_8));
          }
        }
      }
    }
    return lines.toByteArray();
  }

  private static boolean passes(String line, Predicate<JsonNode> kept) {
    try {
      JsonNode event = JSON.readTree(line);
      return event.isObject() && kept.test(event);
    } catch (JsonProcessingException half) {
      return false;
    }
  }

  /**
   * Not appended to: Hadoop's local files and object stores cannot append. A local file goes
   * without Hadoop's checksums, which hold lines back until a block is full: a killed process would
   * take them along. And it has another name until the lines so far are in it, so that a process
   * that is killed here leaves them in the file before.
   */
  private void rewrite(byte[] content) throws IOException {
    FileSystem files = path.getFileSystem(configuration);
    if (files instanceof LocalFileSystem local) {
      FileSystem raw = local.getRaw();
      Path beside = new Path(path.getParent(), "_" + path.getName());
      begin(raw, beside, content);
      if (!raw.rename(beside, path)) {
        throw new IOException("rename of " + beside + " failed");
      }
    } else {
      files.delete(path, false);
      begin(files, path, content);
    }
  }

  private void begin(FileSystem files, Path file, byte[] content) throws IOException {
    out = files.create(file, true);
    out.write(content);
    out.flush();
  }

  /** Writes one event; the keys of the map in its order. */
  public void write(Map<String, Object> event) {
    try {
      out.write((JSON.writeValueAsString(event) + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException failure) {
      throw failure(failure);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException failure) {
      throw failure(failure);
    }
  }

  private OutputConflictException failure(IOException cause) {
    return new OutputConflictException(
        "Cannot write " + path + ": " + cause.getMessage() + ", check the folder", cause);
  }
}
