package io.taskweave.cli.demo;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that appears when it is complete. A file of the same bytes stays as it is, so that what
 * was made of it stays up to date.
 */
final class CsvFile {
  /** Writes all lines. */
  @FunctionalInterface
  interface Content {
    void write(Writer writer) throws IOException;
  }

  private CsvFile() {}

  static void write(Path file, Content content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path partial = Files.createTempFile(folder, ".demo", ".partial");
    try {
      try (BufferedWriter writer = Files.newBufferedWriter(partial, StandardCharsets.UTF_8)) {
        content.write(writer);
      }
      if (!Files.exists(file) || Files.mismatch(partial, file) >= 0) {
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
