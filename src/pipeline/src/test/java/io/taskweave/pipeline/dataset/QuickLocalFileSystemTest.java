package io.taskweave.pipeline.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickLocalFileSystemTest {
  @TempDir java.nio.file.Path folder;

  @Test
  void tellsAndSetsWhatHadoopsOwnDoes() throws IOException {
    Configuration configuration = new Configuration();
    LocalFileSystem own = FileSystem.getLocal(configuration);
    try (QuickLocalFileSystem quick = new QuickLocalFileSystem()) {
      quick.initialize(URI.create("file:///"), configuration);
      Path file = new Path(folder.toString(), "a b");
      try (OutputStream stream = quick.create(file)) {
        stream.write(1);
      }
      quick.setPermission(file, new FsPermission((short) 0640));
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("a b"))))
          .isEqualTo("rw-r-----");
      FileStatus expected = own.getFileStatus(file);
      FileStatus status = quick.listStatus(new Path(folder.toString()))[0];
      assertThat(status).isEqualTo(expected);
      assertThat(status.getLen()).isOne();
      assertThat(status.getPermission()).isEqualTo(expected.getPermission());
      assertThat(status.getOwner()).isEqualTo(expected.getOwner());
      assertThat(status.getModificationTime()).isEqualTo(expected.getModificationTime());
      assertThatThrownBy(() -> quick.getFileStatus(new Path(folder.toString(), "absent")))
          .isInstanceOf(FileNotFoundException.class);
    }
  }
}
