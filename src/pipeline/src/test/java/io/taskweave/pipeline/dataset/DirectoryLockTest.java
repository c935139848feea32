package io.taskweave.pipeline.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
  private static final Map<String, String> OLD = Map.of("2024-01-01", "old");
  private static final int WRITERS = 8;
  private static final int ROUNDS = 20;

  @TempDir Path folder;
  private final Configuration configuration = new Configuration();

  @Test
  void aKilledProcessLeavesTheOldDataSetAndTheNextOneTakesOver()
      throws IOException, InterruptedException {
    run(new FakeStage(output(), OLD));
    Process child =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                HaltingWriter.class.getName(),
                folder.toString(),
                "written 2024-01-01")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(child.waitFor()).isEqualTo(HaltingWriter.STATUS);
    assertThat(lock()).content().contains("\"pid\":" + child.pid());
    assertThat(attempts()).hasSize(2);
    assertThat(FakeStage.read(DataSet.open(output(), configuration))).isEqualTo(OLD);

    Map<String, String> next = Map.of("2024-01-02", "new");
    run(new FakeStage(output(), next));
    assertThat(FakeStage.read(DataSet.open(output(), configuration))).isEqualTo(next);
    assertThat(attempts()).hasSize(1);
    assertThat(lock()).doesNotExist();
  }

  @Test
  void aNumberThatAnotherProcessHasByNowIsStale() throws IOException {
    Files.writeString(lock(), owner(ProcessHandle.current().pid(), "1999-01-01T00:00:00Z"));
    run(new FakeStage(output(), OLD));
    assertThat(lock()).doesNotExist();
  }

  @Test
  void aLockOfAnotherHostOrWithoutAnOwnerIsForAPersonToJudge() throws IOException {
    String foreign =
        owner(1, "").replace(DirectoryLock.Owner.here("").host(), "host-of-someone-else");
    for (String text : List.of("", "{", foreign)) {
      Files.writeString(lock(), text);
      assertThatThrownBy(() -> run(new FakeStage(output(), OLD)))
          .isInstanceOf(OutputConflictException.class)
          .hasMessageContaining("remove the lock if that process is gone");
      assertThat(lock()).hasContent(text);
    }
  }

  @Test
  void ofManyThatTakeOverAtOnceOneMayCommit() throws InterruptedException, IOException {
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        Files.writeString(lock(), owner(Long.MAX_VALUE, ""));
        List<DirectoryLock> held = acquireAtOnce(threads);
        assertThat(held.stream().filter(DirectoryLockTest::mayCommit)).hasSize(1);
        held.forEach(DirectoryLock::close);
        assertThat(lock()).doesNotExist();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private List<DirectoryLock> acquireAtOnce(ExecutorService threads) throws InterruptedException {
    List<Callable<DirectoryLock>> writers = new ArrayList<>();
    for (int writer = 0; writer < WRITERS; writer++) {
      String attempt = "attempt" + writer;
      writers.add(() -> DirectoryLock.acquire(output(), configuration, attempt));
    }
    List<DirectoryLock> held = new ArrayList<>();
    for (Future<DirectoryLock> result : threads.invokeAll(writers)) {
      try {
        held.add(result.get());
      } catch (ExecutionException refused) {
        assertThat(refused).hasCauseInstanceOf(OutputConflictException.class);
      }
    }
    return held;
  }

  private static boolean mayCommit(DirectoryLock lock) {
    try {
      lock.verifyHeld();
      return true;
    } catch (OutputConflictException | IOException overtaken) {
      return false;
    }
  }

  private static String owner(long pid, String started) {
    return String.format(
        "{\"host\":\"%s\",\"pid\":%d,\"started\":\"%s\",\"attempt\":\"a\"}",
        DirectoryLock.Owner.here("").host(), pid, started);
  }

  private void run(Stage stage) {
    new StageRunner(null, configuration, Progress.NONE).run(stage, true);
  }

  private Path lock() {
    return folder.resolve(DirectoryLock.FILE_NAME);
  }

  private org.apache.hadoop.fs.Path output() {
    return new org.apache.hadoop.fs.Path(folder.toString());
  }

  private List<Path> attempts() throws IOException {
    try (Stream<Path> attempts = Files.list(folder.resolve("data"))) {
      return attempts.toList();
    }
  }
}
