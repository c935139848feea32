package io.taskweave.cli.progress;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.OutputConflictException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** {@code events.jsonl} of a run: one JSON object a line, complete after every line. */
public final class EventFile implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path path;
  private final OutputStream out;

  /**
   * @param append go on after the present lines, as a resumed run does
   */
  public EventFile(Path path, boolean append, Configuration configuration) {
    this.path = path;
    try {
      FileSystem files = path.getFileSystem(configuration);
      byte[] present = new byte[0];
      if (append && files.exists(path)) {
        try (var in = files.open(path)) {
          present = in.readAllBytes();
        }
      }
      // Rewritten and not appended to: Hadoop's local files and object stores cannot append.
      out = files.create(path, true);
      out.write(present);
    } catch (IOException failure) {
      throw failure(failure);
    }
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
