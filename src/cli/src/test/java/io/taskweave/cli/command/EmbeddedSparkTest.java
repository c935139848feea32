package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import org.junit.jupiter.api.Test;

class EmbeddedSparkTest {
  @Test
  void refusesAHeapThatSparkWouldRefuse() {
    assertThatThrownBy(() -> EmbeddedSpark.requireHeap(400L << 20))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("too small (400 MiB)")
        .hasMessageContaining("TASKWEAVE_HEAP");
    assertThatCode(() -> EmbeddedSpark.requireHeap(450L << 20)).doesNotThrowAnyException();
  }
}
