package io.taskweave.cli.job;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Virtual environments of pinned packages, made once a machine and requirements file. */
public final class PythonEnvironment {
  private PythonEnvironment() {}

  /**
   * @param requirements a file in src/test/python
   * @return the folder of the environment
   */
  public static Path of(String requirements) throws IOException, InterruptedException {
    return of(Path.of("src", "test", "python", requirements));
  }

  /**
   * @param requirements a file of pinned packages, those that they need included
   * @return the folder of the environment
   */
  public static Path of(Path requirements) throws IOException, InterruptedException {
    Path file = requirements.toAbsolutePath();
    String name = file.getFileName().toString();
    Path cache = Path.of(System.getProperty("user.home"), ".cache", "taskweave-test");
    Files.createDirectories(cache);
    Path folder = cache.resolve(name.replace(".txt", "-") + digest(Files.readAllBytes(file)));
    Path complete = folder.resolve("complete");
    try (FileChannel lock =
        FileChannel.open(
            cache.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      lock.lock();
      if (!Files.exists(complete)) {
        run("python3", "-m", "venv", "--clear", folder.toString());
        run(
            folder.resolve("bin/python").toString(),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "-r",
            file.toString());
        Files.createFile(complete);
      }
    }
    return folder;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException(
          "Cannot make a Python environment: " + String.join(" ", command) + " (" + code + ")");
    }
  }

  private static String digest(byte[] content) {
    try {
      String version = System.getProperty("os.arch");
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(version.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha.digest(content), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
