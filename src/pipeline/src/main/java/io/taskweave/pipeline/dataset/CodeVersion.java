package io.taskweave.pipeline.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Version of the project and a digest of the classes of its data jobs, so that a changed job does
 * not pass for a finished one.
 */
final class CodeVersion {
  private static final String CLASSES = "io/taskweave/pipeline";
  private static final String CURRENT = version() + "-" + digest();

  private CodeVersion() {}

  static String current() {
    return CURRENT;
  }

  private static String version() {
    Properties properties = new Properties();
    try (InputStream stream = CodeVersion.class.getResourceAsStream("version.properties")) {
      properties.load(stream);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return properties.getProperty("version");
  }

  private static String digest() {
    try {
      Path source =
          Path.of(CodeVersion.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(source)) {
        return digest(source.resolve(CLASSES));
      }
      URI jar = URI.create("jar:" + source.toUri());
      try (FileSystem entries = FileSystems.newFileSystem(jar, Map.of())) {
        return digest(entries.getPath(CLASSES));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (URISyntaxException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static String digest(Path folder) throws IOException {
    TreeMap<String, Long> checksums = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        CRC32 checksum = new CRC32();
        checksum.update(Files.readAllBytes(file));
        checksums.put(folder.relativize(file).toString(), checksum.getValue());
      }
    }
    return Fingerprint.ofText(checksums.toString()).substring(0, 12);
  }
}
