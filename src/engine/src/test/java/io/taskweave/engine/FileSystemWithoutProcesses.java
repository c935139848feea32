package io.taskweave.engine;

import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's local file system without a process {@code chmod} for every file that is made. These
 * take most of the time of a training that takes a second.
 */
public final class FileSystemWithoutProcesses extends LocalFileSystem {
  public FileSystemWithoutProcesses() {
    super(
        new RawLocalFileSystem() {
          @Override
          public void setPermission(Path path, FsPermission permission) {
            // Tests need none.
          }
        });
  }
}
