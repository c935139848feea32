package io.taskweave.engine.sharded;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;

/** A fixed number of threads that go through the phases of a step together. */
final class Threads implements AutoCloseable {
  private final int count;
  private final ExecutorService others;

  Threads(int count) {
    this.count = count;
    this.others =
        Executors.newFixedThreadPool(
            Math.max(1, count - 1),
            task -> {
              Thread thread = new Thread(task, "taskweave-worker");
              thread.setDaemon(true);
              return thread;
            });
  }

  int count() {
    return count;
  }

  /**
   * Runs one phase, once for each thread number, and waits until all are through, whatever befalls
   * the calling thread: the others work on what it may let go.
   */
  void run(IntConsumer phase) {
    CompletableFuture<?>[] started = new CompletableFuture<?>[count - 1];
    Arrays.setAll(started, i -> CompletableFuture.runAsync(() -> phase.accept(i + 1), others));
    try {
      phase.accept(0);
    } finally {
      join(CompletableFuture.allOf(started));
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new IllegalStateException("Cannot go on training: interrupted");
    }
  }

  private static void join(CompletableFuture<Void> phase) {
    try {
      phase.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException("Cannot train: " + e.getCause(), e.getCause());
    }
  }

  @Override
  public void close() {
    others.shutdown();
  }
}
