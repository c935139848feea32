package io.taskweave.engine.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.taskweave.core.error.CheckpointException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** One file of a run as its reader sees it: whatever is wrong with it, the failure names it. */
public final class RunFile {
  private RunFile() {}

  /** What a file is read for. */
  public interface Content<T> {
    T read(InputStream input) throws IOException;
  }

  /**
   * @throws CheckpointException if the file is missing, ends too early or holds something else
   */
  public static <T> T read(Configuration hadoop, Path file, Content<T> content) {
    try (InputStream input = file.getFileSystem(hadoop).open(file)) {
      return content.read(input);
    } catch (FileNotFoundException e) {
      throw unusable(file, "it is missing", e);
    } catch (JsonProcessingException e) {
      throw unusable(file, e.getOriginalMessage(), e);
    } catch (IOException | CheckpointException e) {
      throw unusable(file, e.getMessage(), e);
    }
  }

  static CheckpointException unusable(Path file, String reason, Throwable cause) {
    return new CheckpointException(
        "Cannot use " + file + ": " + reason + "; remove its folder or train anew", cause);
  }
}
