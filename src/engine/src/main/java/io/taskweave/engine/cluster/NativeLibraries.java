package io.taskweave.engine.cluster;

import io.taskweave.core.blas.BlasFactory;
import io.taskweave.core.error.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** MKL, which unpacks into the temporary folder of every process that loads it. */
public final class NativeLibraries {
  /** What the libraries take once unpacked, and a little air. */
  public static final long UNPACKED_BYTES = 40L << 20;

  private NativeLibraries() {}

  /**
   * Loads the libraries, or says why it cannot; to be called before anything else touches them, and
   * before Spark looks for the same folder.
   *
   * @throws ConfigurationException if the temporary folder is missing, full, not writable, or its
   *     files may not be executed
   */
  public static void load() {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      Files.delete(Files.createTempFile(folder, "taskweave", ".tmp"));
    } catch (IOException e) {
      throw unusable(folder, "not writable: " + e, e);
    }
    long space = folder.toFile().getUsableSpace();
    if (space < UNPACKED_BYTES) {
      throw unusable(folder, (space >> 20) + " MiB free", null);
    }
    BlasFactory.instance();
  }

  private static ConfigurationException unusable(Path folder, String reason, IOException cause) {
    return new ConfigurationException(
        "Cannot unpack the native libraries: the temporary folder is of no use ("
            + folder
            + ", "
            + reason
            + "), set java.io.tmpdir to a writable folder with "
            + (UNPACKED_BYTES >> 20)
            + " MiB free",
        cause);
  }
}
