package io.taskweave.core.model;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ModelSpecTest {
  private static final EmbeddingSpec TABLES = new EmbeddingSpec(4, 1e-4);

  @Test
  void impossibleSizesAreRefusedByName() {
    refused("embedding size", () -> new EmbeddingSpec(0, 1));
    refused("embedding deviation", () -> new EmbeddingSpec(1, Double.NaN));
    refused("bottom-layers", () -> new SharedBottomSpec(TABLES, List.of(), List.of(), 0));
    refused("tower-layers", () -> new SingleTaskSpec(TABLES, List.of(4), List.of(-1), 0));
    refused("dropout", () -> new SingleTaskSpec(TABLES, List.of(4), List.of(), 1));
    refused("shared-experts", () -> stem(1, 0, List.of(4)));
    refused("layers", () -> stem(0, 1, List.of(4)));
    refused("expert-layers", () -> stem(1, 1, List.of(4, 0)));
  }

  private static StemNetSpec stem(int layers, int sharedExperts, List<Integer> expertLayers) {
    return new StemNetSpec(
        TABLES,
        layers,
        sharedExperts,
        1,
        expertLayers,
        List.of(),
        List.of(),
        0,
        GateInput.OWN,
        false);
  }

  private static void refused(String name, ThrowingCallable attempt) {
    assertThatThrownBy(attempt)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("Cannot build a model: " + name);
  }
}
