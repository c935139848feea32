package io.taskweave.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StockEngineTest {
  @Test
  void saysWhatMemoryWasMissing() {
    String log =
        """
        10:00:00 WARN  something
        Terminating due to java.lang.OutOfMemoryError: Java heap space
        more
        """;

    assertThat(StockEngine.failure(3, log, ""))
        .isEqualTo("java.lang.OutOfMemoryError: Java heap space");
    assertThat(StockEngine.failure(52, "something\n", log))
        .isEqualTo("java.lang.OutOfMemoryError: Java heap space");
  }

  @Test
  void tellsAllOfAnotherEnd() {
    assertThat(StockEngine.failure(137, "Killed\n", "started\n"))
        .isEqualTo("ended with code 137\nKilled\n");
  }
}
