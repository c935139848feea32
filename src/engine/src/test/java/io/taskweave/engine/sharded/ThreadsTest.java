package io.taskweave.engine.sharded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ThreadsTest {
  private static final int COUNT = 3;

  private final Threads threads = new Threads(COUNT);
  private final AtomicInteger ended = new AtomicInteger();

  @AfterEach
  void close() {
    threads.close();
  }

  /** All threads but the calling one are late. */
  private IntConsumer calling(Runnable phase) {
    return thread -> {
      if (thread == 0) {
        phase.run();
      } else {
        late();
      }
    };
  }

  private void late() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    ended.incrementAndGet();
  }

  @Test
  void everyThreadIsThroughWhenAPhaseEnds() {
    threads.run(calling(() -> {}));
    assertThat(ended).hasValue(COUNT - 1);
  }

  @Test
  void anInterruptedPhaseFailsOnceEveryThreadIsThrough() {
    assertThatThrownBy(() -> threads.run(calling(Thread.currentThread()::interrupt)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot go on training: interrupted");
    assertThat(ended).hasValue(COUNT - 1);
    assertThat(Thread.interrupted()).isTrue();
    threads.run(calling(() -> {}));
    assertThat(ended).hasValue(2 * (COUNT - 1));
  }

  @Test
  void soDoesAPhaseWhoseCallingThreadRunsOutOfMemory() {
    OutOfMemoryError error = new OutOfMemoryError();
    assertThatThrownBy(
            () ->
                threads.run(
                    calling(
                        () -> {
                          throw error;
                        })))
        .isSameAs(error);
    assertThat(ended).hasValue(COUNT - 1);
  }

  @Test
  void whatAnotherThreadThrowsIsThrown() {
    IllegalArgumentException failure = new IllegalArgumentException("a fault");
    assertThatThrownBy(
            () ->
                threads.run(
                    thread -> {
                      if (thread == 1) {
                        throw failure;
                      }
                      if (thread == 2) {
                        late();
                      }
                    }))
        .isSameAs(failure);
    assertThat(ended).hasValue(1);
  }
}
