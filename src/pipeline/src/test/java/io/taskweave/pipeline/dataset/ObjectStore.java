package io.taskweave.pipeline.dataset;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * A store in the manner of S3 over a local folder: an object appears when its stream is closed,
 * nothing is created exclusively, and a rename is refused. Operations on chosen names fail.
 */
public final class ObjectStore extends RawLocalFileSystem {
  static final String SCHEME = "teststore";

  /** Parts of paths that cannot be written. */
  static final Set<String> UNWRITABLE = ConcurrentHashMap.newKeySet();

  /** Parts of paths that cannot be deleted. */
  static final Set<String> UNDELETABLE = ConcurrentHashMap.newKeySet();

  static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set("fs." + SCHEME + ".impl", ObjectStore.class.getName());
    return configuration;
  }

  static Path path(java.nio.file.Path folder) {
    return new Path(SCHEME + "://" + folder);
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public void setPermission(Path path, FsPermission permission) {
    // Objects have none.
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    FileStatus status = super.getFileStatus(path);
    return new FileStatus(
        status.getLen(),
        status.isDirectory(),
        1,
        1,
        status.getModificationTime(),
        status.getPath());
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    if (!overwrite && exists(path)) {
      throw new FileAlreadyExistsException(path.toString());
    }
    return new FSDataOutputStream(
        new ByteArrayOutputStream() {
          @Override
          public void close() throws IOException {
            refuse(UNWRITABLE, path);
            java.nio.file.Path file = pathToFile(path).toPath();
            Files.createDirectories(file.getParent());
            Files.write(file, toByteArray());
          }
        },
        null);
  }

  @Override
  public boolean rename(Path source, Path target) throws IOException {
    throw new IOException("this store cannot rename " + source);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    refuse(UNDELETABLE, path);
    return super.delete(path, recursive);
  }

  private static void refuse(Set<String> parts, Path path) throws IOException {
    if (parts.stream().anyMatch(path.toString()::contains)) {
      throw new IOException("the store refuses " + path);
    }
  }
}
