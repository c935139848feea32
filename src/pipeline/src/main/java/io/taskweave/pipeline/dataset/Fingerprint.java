package io.taskweave.pipeline.dataset;

import io.taskweave.core.error.InputRejectedException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Tells whether an input is still the one that a stage has read. */
public final class Fingerprint {
  private Fingerprint() {}

  /**
   * Of a data set: its content and settings hash. Of other files: SHA-256 over the sorted relative
   * paths, lengths and modification times.
   *
   * @throws InputRejectedException if the path is missing
   */
  public static String of(Path path, Configuration configuration) {
    Optional<Manifest> manifest = Manifest.find(path, configuration);
    if (manifest.isPresent()) {
      return manifest.get().contentHash() + "-" + manifest.get().settingsHash();
    }
    try {
      FileSystem fileSystem = path.getFileSystem(configuration);
      FileStatus root = fileSystem.getFileStatus(path);
      if (root.isFile()) {
        return ofText(describe(path.getName(), root));
      }
      TreeSet<String> lines = new TreeSet<>();
      RemoteIterator<LocatedFileStatus> files = fileSystem.listFiles(path, true);
      int prefix = root.getPath().toString().length();
      while (files.hasNext()) {
        LocatedFileStatus file = files.next();
        lines.add(describe(file.getPath().toString().substring(prefix), file));
      }
      return ofText(String.join("\n", lines));
    } catch (FileNotFoundException absent) {
      throw new InputRejectedException(
          "Cannot read " + path + ": there is no such file or folder, check the path", absent);
    } catch (IOException failure) {
      throw new InputRejectedException(
          "Cannot read " + path + ": " + failure.getMessage() + ", check the path", failure);
    }
  }

  /** SHA-256 as 64 hexadecimal digits. */
  public static String ofText(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String describe(String name, FileStatus file) {
    return name + "\t" + file.getLen() + "\t" + file.getModificationTime();
  }
}
