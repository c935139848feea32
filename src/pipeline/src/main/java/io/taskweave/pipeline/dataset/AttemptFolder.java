package io.taskweave.pipeline.dataset;

import io.taskweave.core.error.OutputConflictException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** The files that one run of a stage writes, {@code data/<attempt>} below the data set. */
final class AttemptFolder {
  static final String DATA = "data";

  private final Path output;
  private final Path path;
  private final Configuration configuration;

  AttemptFolder(Path output, String attempt, Configuration configuration) {
    this.output = output;
    this.path = new Path(new Path(output, DATA), attempt);
    this.configuration = configuration;
  }

  Path path() {
    return path;
  }

  /** Refuses a folder that holds something else: taskweave removes what a manifest omits. */
  void verifyReplaceable() {
    try {
      FileSystem files = fileSystem();
      if (!files.exists(output)) {
        return;
      }
      if (files.getFileStatus(output).isFile()) {
        throw new OutputConflictException(
            "Cannot write to " + output + ": it is a file, choose another folder");
      }
      for (FileStatus entry : files.listStatus(output)) {
        String name = entry.getPath().getName();
        boolean known =
            name.equals(DATA)
                || name.equals(Manifest.FILE_NAME)
                || name.equals(DirectoryLock.FILE_NAME)
                || name.startsWith(".");
        if (!known) {
          throw notOurs(name);
        }
      }
      Path data = new Path(output, DATA);
      if (files.exists(data)) {
        for (FileStatus attempt : files.listStatus(data)) {
          if (!isAttempt(attempt.getPath().getName())) {
            throw notOurs(DATA + "/" + attempt.getPath().getName());
          }
        }
      }
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot write to " + output + ": " + failure.getMessage() + ", choose another folder",
          failure);
    }
  }

  private OutputConflictException notOurs(String entry) {
    return new OutputConflictException(
        String.format(
            "Cannot write to %s: it is not a data set of taskweave (it holds %s), choose another"
                + " folder",
            output, entry));
  }

  private static boolean isAttempt(String name) {
    try {
      return UUID.fromString(name).toString().equals(name);
    } catch (IllegalArgumentException other) {
      return false;
    }
  }

  void create() throws IOException {
    if (!fileSystem().mkdirs(path)) {
      throw new IOException("cannot create " + path);
    }
  }

  /** Everything written so far, in the order of the paths; markers and checksums left out. */
  List<DataFile> files() throws IOException {
    List<DataFile> found = new ArrayList<>();
    String root = fileSystem().makeQualified(path).toString();
    RemoteIterator<LocatedFileStatus> iterator = fileSystem().listFiles(path, true);
    while (iterator.hasNext()) {
      LocatedFileStatus file = iterator.next();
      String name = file.getPath().getName();
      if (!name.startsWith("_") && !name.startsWith(".")) {
        String relative = file.getPath().toString().substring(root.length() + 1);
        found.add(
            new DataFile(
                DATA + "/" + path.getName() + "/" + relative,
                file.getLen(),
                partitionOf(relative)));
      }
    }
    found.sort(Comparator.comparing(DataFile::path));
    return found;
  }

  /**
   * Removes the data of every other attempt as far as the manifest does not list it, and manifests
   * that a killed process has written beside the one it meant to replace.
   */
  void removeUnlisted(Manifest manifest) throws IOException {
    for (FileStatus entry : fileSystem().listStatus(output)) {
      if (entry.getPath().getName().startsWith("." + Manifest.FILE_NAME + ".")) {
        fileSystem().delete(entry.getPath(), false);
      }
    }
    Set<String> listed = manifest.files().stream().map(DataFile::path).collect(Collectors.toSet());
    Path data = new Path(output, DATA);
    // The parent of a child has no slash at its end, which the output itself may have.
    String root = fileSystem().makeQualified(data).getParent().toString();
    for (FileStatus attempt : fileSystem().listStatus(data)) {
      RemoteIterator<LocatedFileStatus> iterator = fileSystem().listFiles(attempt.getPath(), true);
      boolean needed = false;
      while (iterator.hasNext()) {
        Path file = iterator.next().getPath();
        if (listed.contains(file.toString().substring(root.length() + 1))) {
          needed = true;
        } else {
          fileSystem().delete(file, false);
        }
      }
      if (!needed) {
        fileSystem().delete(attempt.getPath(), true);
      }
    }
  }

  void remove() throws IOException {
    fileSystem().delete(path, true);
  }

  private static String partitionOf(String relativePath) {
    for (String part : relativePath.split("/", -1)) {
      if (part.startsWith(DataSet.PARTITION_COLUMN + "=")) {
        return part.substring(DataSet.PARTITION_COLUMN.length() + 1);
      }
    }
    return "";
  }

  private FileSystem fileSystem() throws IOException {
    return output.getFileSystem(configuration);
  }
}
