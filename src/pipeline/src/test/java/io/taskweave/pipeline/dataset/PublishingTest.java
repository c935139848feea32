package io.taskweave.pipeline.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ExitCode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.error.TaskweaveException;
import io.taskweave.core.progress.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishingTest {
  private static final String FIRST = "2024-01-01";
  private static final String SECOND = "2024-01-02";
  private static final Map<String, String> OLD = Map.of(FIRST, "old", SECOND, "old");
  private static final Map<String, String> NEW = Map.of(FIRST, "new", SECOND, "new");

  @TempDir Path temporary;
  private Configuration configuration = new Configuration();

  @AfterEach
  void mendTheStore() {
    ObjectStore.UNWRITABLE.clear();
    ObjectStore.UNDELETABLE.clear();
  }

  @ParameterizedTest
  @ValueSource(strings = {"start", "written " + FIRST, "written " + SECOND, "end"})
  void aStageThatFailsLeavesTheOldDataSet(String moment) throws IOException {
    run(new FakeStage(output(), OLD));
    FakeStage failing =
        new FakeStage(output(), NEW) {
          @Override
          void pause(String now) {
            if (now.equals(moment)) {
              throw new IllegalStateException("broken at " + now);
            }
          }
        };
    assertThatThrownBy(() -> run(failing)).hasMessage("broken at " + moment);
    assertThat(texts()).isEqualTo(OLD);
    assertThat(attempts()).hasSize(1);
    run(new FakeStage(output(), NEW));
    assertThat(texts()).isEqualTo(NEW);
    assertThat(attempts()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStageThatIsOvertakenDoesNotCommit(boolean removed) throws IOException {
    run(new FakeStage(output(), OLD));
    Path lock = folder().resolve(DirectoryLock.FILE_NAME);
    FakeStage overtaken =
        new FakeStage(output(), NEW) {
          @Override
          void pause(String now) {
            try {
              if (removed) {
                Files.deleteIfExists(lock);
              } else {
                Files.writeString(lock, "{\"host\":\"elsewhere\"}");
              }
            } catch (IOException failure) {
              throw new UncheckedIOException(failure);
            }
          }
        };
    assertConflict(overtaken, removed ? "removed by another process" : "elsewhere");
    assertThat(texts()).isEqualTo(OLD);
    assertThat(Files.exists(lock)).isEqualTo(!removed);
  }

  @Test
  void aSecondWriterIsRefusedWhileTheFirstIsAtWork() throws IOException {
    run(
        new FakeStage(output(), OLD) {
          @Override
          void pause(String now) {
            assertConflict(new FakeStage(output(), NEW), "another process holds it");
          }
        });
    assertThat(texts()).isEqualTo(OLD);
  }

  @Test
  void replacingADayKeepsTheOthersByteForByte() throws IOException {
    run(new FakeStage(output(), OLD));
    DataFile kept = file(SECOND);
    DataFile replaced = file(FIRST);
    FileTime written = Files.getLastModifiedTime(folder().resolve(kept.path()));

    Manifest manifest = run(new FakeStage(output(), Map.of(FIRST, "new"), Set.of(FIRST)));
    assertThat(texts()).isEqualTo(Map.of(FIRST, "new", SECOND, "old"));
    assertThat(file(SECOND)).isEqualTo(kept);
    assertThat(Files.getLastModifiedTime(folder().resolve(kept.path()))).isEqualTo(written);
    assertThat(folder().resolve(replaced.path())).doesNotExist();
    assertThat(manifest.rows()).isEqualTo(2);
    assertThat(manifest.contentHash())
        .isEqualTo(PartitionContent.combined(manifest.contentByPartition().values()));
  }

  @Test
  void anUpToDateStageIsSkippedUntilItsSettingsCodeOrFilesChange() throws IOException {
    FakeStage stage = new FakeStage(output(), OLD);
    assertThat(runner().run(stage, false).skipped()).isFalse();
    assertThat(runner().run(stage, false).skipped()).isTrue();
    assertThat(runner().run(stage, true).skipped()).isFalse();
    FakeStage otherCode =
        new FakeStage(output(), OLD) {
          @Override
          public Set<Class<?>> code() {
            return Set.of(FakeStage.class);
          }
        };
    assertThat(runner().run(otherCode, false).skipped()).isFalse();
    assertThat(runner().run(otherCode, false).skipped()).isTrue();
    assertThat(runner().run(stage, false).skipped()).isFalse();

    Files.writeString(folder().resolve(file(FIRST).path()), "o");
    assertThat(runner().run(stage, false).skipped()).isFalse();
    Files.delete(folder().resolve(file(FIRST).path()));
    assertThat(runner().run(stage, false).skipped()).isFalse();
    assertThat(texts()).isEqualTo(OLD);
    assertThat(runner().run(new FakeStage(output(), NEW), false).skipped()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "null", "[]", "{\"format_version\":1}"})
  void aCorruptManifestIsAnErrorAndForceMendsIt(String text) throws IOException {
    run(new FakeStage(output(), OLD));
    Files.writeString(folder().resolve(Manifest.FILE_NAME), text);
    for (Runnable use :
        List.<Runnable>of(
            () -> DataSet.open(output(), configuration),
            () -> runner().run(new FakeStage(output(), OLD), false))) {
      assertThatThrownBy(use::run)
          .isInstanceOf(InputRejectedException.class)
          .hasMessageContainingAll("Cannot read", Manifest.FILE_NAME, "--force");
    }
    run(new FakeStage(output(), NEW));
    assertThat(texts()).isEqualTo(NEW);
    assertThat(attempts()).hasSize(1);
  }

  @Test
  void aManifestOfAnotherVersionNamesItsVersion() throws IOException {
    String text = run(new FakeStage(output(), OLD)).toJson();
    Files.writeString(
        folder().resolve(Manifest.FILE_NAME),
        text.replace("\"format_version\" : 1", "\"format_version\" : 7"));
    assertThatThrownBy(() -> DataSet.open(output(), configuration))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("format version is not 1 (7)");
  }

  @Test
  void foreignFilesAreNeverTouched() throws IOException {
    Files.createDirectories(folder().resolve("data"));
    Files.writeString(folder().resolve("data/raw.csv"), "mine");
    assertConflict(new FakeStage(output(), OLD), "data/raw.csv");
    Files.move(folder().resolve("data/raw.csv"), folder().resolve("raw.csv"));
    assertConflict(new FakeStage(output(), OLD), "it holds raw.csv");
    assertThat(folder().resolve("raw.csv")).hasContent("mine");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/proc/taskweave/out", "/dev/null/out"})
  void aFolderThatCannotBeWrittenIsAConflict(String place) {
    assertConflict(new FakeStage(new org.apache.hadoop.fs.Path(place), OLD), "Cannot write to");
  }

  @Test
  void pathsMayHoldSpacesAndAnyLetter() throws IOException {
    temporary = Files.createDirectory(temporary.resolve("dätä set 数据 100% +1"));
    run(new FakeStage(output(), OLD));
    run(new FakeStage(output(), Map.of(FIRST, "new"), Set.of(FIRST)));
    assertThat(texts()).isEqualTo(Map.of(FIRST, "new", SECOND, "old"));
    assertThat(attempts()).hasSize(2);
  }

  @Test
  void whatAKilledWriterLeftIsRemovedByTheNextRun() throws IOException {
    run(new FakeStage(output(), OLD));
    Path orphan = folder().resolve("data/" + UUID.randomUUID() + "/dt=" + FIRST);
    Files.createDirectories(orphan);
    Files.writeString(orphan.resolve("text"), "half");
    Path manifest = Files.writeString(folder().resolve(".manifest.json.1234"), "half");
    assertThat(texts()).isEqualTo(OLD);
    run(new FakeStage(output(), NEW));
    assertThat(attempts()).hasSize(1);
    assertThat(manifest).doesNotExist();
  }

  @Test
  void aStoreWithoutRenameServes() throws IOException {
    configuration = ObjectStore.configuration();
    org.apache.hadoop.fs.Path store = ObjectStore.path(folder());
    run(new FakeStage(store, OLD));
    assertThat(texts()).isEqualTo(OLD);
    run(
        new FakeStage(store, NEW) {
          @Override
          void pause(String now) {
            assertConflict(new FakeStage(store, OLD), "another process holds it");
          }
        });
    assertThat(texts()).isEqualTo(NEW);
    assertThat(attempts()).hasSize(1);
    assertThat(folder().resolve(DirectoryLock.FILE_NAME)).doesNotExist();
  }

  @Test
  void aManifestThatCannotBeWrittenLeavesTheOldOne() throws IOException {
    configuration = ObjectStore.configuration();
    org.apache.hadoop.fs.Path store = ObjectStore.path(folder());
    run(new FakeStage(store, OLD));
    ObjectStore.UNWRITABLE.add(Manifest.FILE_NAME);
    assertConflict(new FakeStage(store, NEW), "the store refuses");
    assertThat(texts()).isEqualTo(OLD);
    assertThat(attempts()).hasSize(1);
  }

  @Test
  void filesThatCannotBeRemovedDoNotUndoTheCommit() throws IOException {
    configuration = ObjectStore.configuration();
    org.apache.hadoop.fs.Path store = ObjectStore.path(folder());
    run(new FakeStage(store, OLD));
    ObjectStore.UNDELETABLE.add("/data/");
    run(new FakeStage(store, NEW));
    assertThat(texts()).isEqualTo(NEW);
    assertThat(attempts()).hasSize(2);
    ObjectStore.UNDELETABLE.clear();
    run(new FakeStage(store, NEW));
    assertThat(attempts()).hasSize(1);
  }

  private void assertConflict(Stage stage, String message) {
    assertThatThrownBy(() -> run(stage))
        .isInstanceOf(OutputConflictException.class)
        .hasMessageContaining(message)
        .extracting(failure -> ((TaskweaveException) failure).exitCode())
        .isEqualTo(ExitCode.OUTPUT_CONFLICT);
  }

  private Manifest run(Stage stage) {
    return runner().run(stage, true).manifest();
  }

  private StageRunner runner() {
    return new StageRunner(null, configuration, Progress.NONE);
  }

  private Path folder() {
    return temporary.resolve("out");
  }

  private org.apache.hadoop.fs.Path output() {
    return new org.apache.hadoop.fs.Path(folder().toString());
  }

  private DataFile file(String day) {
    return DataSet.open(output(), configuration).manifest().files().stream()
        .filter(file -> file.partition().equals(day))
        .findFirst()
        .orElseThrow();
  }

  private Map<String, String> texts() throws IOException {
    return FakeStage.read(DataSet.open(output(), new Configuration()));
  }

  private List<Path> attempts() throws IOException {
    try (Stream<Path> attempts = Files.list(folder().resolve("data"))) {
      return attempts.toList();
    }
  }
}
