package io.taskweave.engine.sharded;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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

  /** Runs one phase, once for each thread number, and waits until all are through. */
  void run(IntConsumer phase) {
    List<Future<?>> started = new ArrayList<>();
    for (int thread = 1; thread < count; thread++) {
      int number = thread;
      started.add(others.submit(() -> phase.accept(number)));
    }
    RuntimeException failure = null;
    try {
      phase.accept(0);
    } catch (RuntimeException e) {
      failure = e;
    }
    for (Future<?> future : started) {
      try {
        future.get();
      } catch (ExecutionException e) {
        failure =
            e.getCause() instanceof RuntimeException cause
                ? cause
                : new IllegalStateException("Cannot train: " + e.getCause(), e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failure = new IllegalStateException("Cannot go on training: interrupted", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void close() {
    others.shutdown();
  }
}
