package io.taskweave.pipeline.dataset;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;

/**
 * A small file that is created exclusively, or replaced as a whole. Hadoop's local file system
 * keeps a checksum file beside each file and checks existence before it creates: neither is atomic,
 * so local files go through the operating system.
 */
interface AtomicFile {
  byte[] read() throws IOException;

  /** Replaces or creates the file. */
  void replace(byte[] content) throws IOException;

  /** Creates the file with its content; false if it exists already. */
  boolean create(byte[] content) throws IOException;

  /** Moves it away; false if it is not there. */
  boolean moveTo(Path target) throws IOException;

  static AtomicFile at(Path path, Configuration configuration) throws IOException {
    FileSystem fileSystem = path.getFileSystem(configuration);
    return fileSystem instanceof LocalFileSystem local
        ? new OnDisk(local.pathToFile(path).toPath(), local)
        : new OnStore(path, fileSystem, configuration);
  }

  /** A file of the operating system. */
  record OnDisk(java.nio.file.Path path, LocalFileSystem fileSystem) implements AtomicFile {
    @Override
    public byte[] read() throws IOException {
      try {
        return Files.readAllBytes(path);
      } catch (NoSuchFileException absent) {
        throw (IOException) new FileNotFoundException(path.toString()).initCause(absent);
      } catch (IOException failure) {
        if (isBelowFile()) {
          throw (IOException) new FileNotFoundException(path.toString()).initCause(failure);
        }
        throw failure;
      }
    }

    /** Whether a file stands where one of the folders above should be: then nothing is here. */
    private boolean isBelowFile() {
      java.nio.file.Path ancestor = path.getParent();
      while (ancestor != null && !Files.exists(ancestor)) {
        ancestor = ancestor.getParent();
      }
      return ancestor != null && !Files.isDirectory(ancestor);
    }

    @Override
    public void replace(byte[] content) throws IOException {
      java.nio.file.Path written = writeBeside(content);
      Files.move(written, path, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public boolean create(byte[] content) throws IOException {
      java.nio.file.Path written = writeBeside(content);
      try {
        // A link appears with its content; an exclusively created file would be empty at first.
        Files.createLink(path, written);
        return true;
      } catch (FileAlreadyExistsException exists) {
        return false;
      } finally {
        Files.deleteIfExists(written);
      }
    }

    @Override
    public boolean moveTo(Path target) throws IOException {
      try {
        Files.move(path, fileSystem.pathToFile(target).toPath(), StandardCopyOption.ATOMIC_MOVE);
        return true;
      } catch (NoSuchFileException absent) {
        return false;
      }
    }

    private java.nio.file.Path writeBeside(byte[] content) throws IOException {
      Files.createDirectories(path.getParent());
      java.nio.file.Path beside =
          path.resolveSibling("." + path.getFileName() + "." + UUID.randomUUID());
      try (FileChannel channel =
          FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      return beside;
    }
  }

  /**
   * A file of HDFS or of an object store. HDFS creates exclusively and renames over a file in one
   * step. An object store does neither, but shows an object only when it is complete: there a
   * replacement is one overwriting write, and of two writers that create a lock at once the one who
   * closed last holds it, which {@link DirectoryLock#verifyHeld} tells the other before it commits.
   */
  record OnStore(Path path, FileSystem fileSystem, Configuration configuration)
      implements AtomicFile {
    /** Elsewhere a rename over a file would delete it first, or copy. */
    private static final Set<String> RENAME_REPLACES =
        Set.of("hdfs", "webhdfs", "swebhdfs", "viewfs");

    @Override
    public byte[] read() throws IOException {
      try (FSDataInputStream stream = fileSystem.open(path)) {
        return stream.readAllBytes();
      }
    }

    @Override
    public void replace(byte[] content) throws IOException {
      if (!RENAME_REPLACES.contains(fileSystem.getUri().getScheme())) {
        write(path, content, true);
        return;
      }
      Path beside = new Path(path.getParent(), "." + path.getName() + "." + UUID.randomUUID());
      write(beside, content, false);
      FileContext.getFileContext(path.toUri(), configuration)
          .rename(beside, path, Options.Rename.OVERWRITE);
    }

    @Override
    public boolean create(byte[] content) throws IOException {
      try {
        write(path, content, false);
        return true;
      } catch (org.apache.hadoop.fs.FileAlreadyExistsException exists) {
        return false;
      }
    }

    @Override
    public boolean moveTo(Path target) throws IOException {
      try {
        return fileSystem.rename(path, target);
      } catch (FileNotFoundException absent) {
        return false;
      }
    }

    private void write(Path target, byte[] content, boolean overwrite) throws IOException {
      try (FSDataOutputStream stream = fileSystem.create(target, overwrite)) {
        stream.write(content);
      }
    }
  }
}
