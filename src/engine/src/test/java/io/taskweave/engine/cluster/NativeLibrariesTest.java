package io.taskweave.engine.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {
  @TempDir Path folder;

  @Test
  void refusesATemporaryFolderThatCannotBeWritten() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    String before = System.setProperty("java.io.tmpdir", file.toString());
    try {
      assertThatThrownBy(NativeLibraries::load)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(file + ", not writable")
          .hasMessageContaining("set java.io.tmpdir to a writable folder with 40 MiB free");
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  @Test
  void theSelfTestTrustsProductsUnderTheVariable() {
    BlasSelfTest test = BlasSelfTest.run();
    assertThat(test.cpuType()).isEqualTo("5");
    assertThat(test.sameBits()).isTrue();
    assertThat(test.gigaflops()).isPositive();
    assertThat(test.trustworthy()).isTrue();
    assertThat(new BlasSelfTest(80, true, "").trustworthy()).isFalse();
    assertThat(new BlasSelfTest(80, false, "5").trustworthy()).isFalse();
  }
}
