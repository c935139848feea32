package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.OutputConflictException;
import io.taskweave.engine.training.TrainingListener.Epoch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunClaimTest {
  private static final String FOREIGN =
      "{\"host\":\"another-host\",\"pid\":1,\"started\":\"\",\"attempt\":\"a\"}";
  private static final Epoch EPOCH =
      new Epoch(
          1,
          1,
          1,
          Collections.emptySortedMap(),
          Collections.emptySortedMap(),
          Collections.emptySortedMap(),
          1,
          true,
          1);

  @TempDir Path folder;

  private RunClaim claim() {
    return new RunClaim(new org.apache.hadoop.fs.Path(folder.toString()), new Configuration());
  }

  @Test
  void aSecondTrainingOnThisHostIsRefused() {
    try (RunClaim first = claim()) {
      assertThatThrownBy(this::claim)
          .isInstanceOf(OutputConflictException.class)
          .hasMessageContaining("another process holds it");
      first.epoch(EPOCH);
      assertThat(first.holds()).isTrue();
    }
    claim().close();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatAnotherHostLeftIsTakenOver() throws IOException {
    Files.writeString(folder.resolve("_lock"), FOREIGN);
    try (RunClaim claim = claim()) {
      claim.epoch(EPOCH);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aTrainingWhoseFolderAnotherHostHasTakenEndsBeforeItsNextCheckpoint() throws IOException {
    try (RunClaim claim = claim()) {
      Files.writeString(folder.resolve("_lock"), FOREIGN);
      assertThatThrownBy(() -> claim.epoch(EPOCH)).isInstanceOf(OutputConflictException.class);
      assertThat(claim.holds()).isFalse();
    }
    assertThat(folder.resolve("_lock")).hasContent(FOREIGN);
  }
}
