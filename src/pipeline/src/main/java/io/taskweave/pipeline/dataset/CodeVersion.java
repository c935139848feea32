package io.taskweave.pipeline.dataset;

import io.taskweave.core.correlation.LabelCounts;
import io.taskweave.core.group.FeedbackGroups;
import io.taskweave.core.merge.OwnerRecords;
import io.taskweave.core.metric.RankSums;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.SampleColumns;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Version of the project and a digest of the classes that make a stage's output, so that changed
 * code does not pass for a finished job. Of every stage that is this module with what it runs of
 * {@code core}; a stage names the further modules that it runs.
 */
public final class CodeVersion {
  private static final String ROOT = "io/taskweave/";

  /** One of each package of {@code core} that makes data. */
  private static final List<Class<?>> CORE =
      List.of(
          SampleColumns.class,
          FeedbackGroups.class,
          OwnerRecords.class,
          CounterRandom.class,
          LabelCounts.class,
          RankSums.class);

  private static final Map<Set<Class<?>>, String> KNOWN = new ConcurrentHashMap<>();

  private CodeVersion() {}

  static String of(Stage stage) {
    return of(stage.code());
  }

  /**
   * Version of what is made by this module and others.
   *
   * @param modules a class of each other module
   */
  public static String of(Set<Class<?>> modules) {
    return KNOWN.computeIfAbsent(modules, CodeVersion::digest);
  }

  private static String digest(Set<Class<?>> modules) {
    TreeMap<String, Long> checksums = new TreeMap<>();
    addFolder(CodeVersion.class, ROOT + "pipeline", checksums);
    CORE.forEach(member -> addFolder(member, packageOf(member), checksums));
    for (Class<?> member : modules) {
      String folder = packageOf(member);
      int end = folder.indexOf('/', ROOT.length());
      addFolder(member, end < 0 ? folder : folder.substring(0, end), checksums);
    }
    return version() + "-" + Fingerprint.ofText(checksums.toString()).substring(0, 12);
  }

  private static String packageOf(Class<?> member) {
    return member.getPackageName().replace('.', '/');
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

  /** Adds a checksum by name for every file of a folder beside a class, in a jar or unpacked. */
  private static void addFolder(Class<?> member, String folder, Map<String, Long> checksums) {
    try {
      Path source = Path.of(member.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(source)) {
        add(source, source.resolve(folder), checksums);
        return;
      }
      URI jar = URI.create("jar:" + source.toUri());
      try (FileSystem entries = FileSystems.newFileSystem(jar, Map.of())) {
        add(entries.getPath("/"), entries.getPath("/", folder), checksums);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (URISyntaxException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static void add(Path root, Path folder, Map<String, Long> checksums) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        CRC32 checksum = new CRC32();
        checksum.update(Files.readAllBytes(file));
        checksums.put(root.relativize(file).toString(), checksum.getValue());
      }
    }
  }
}
