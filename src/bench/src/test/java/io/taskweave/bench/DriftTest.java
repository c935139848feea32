package io.taskweave.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

class DriftTest {
  private static ObjectNode drift(List<Double> values) {
    ObjectNode result = new ObjectMapper().createObjectNode();
    Drift.describe(List.of(10.0, 20.0, 40.0), values, result);
    return result;
  }

  @Test
  void whatGrowsEvenlyHasItsSlope() {
    ObjectNode drift = drift(List.of(100.0, 101.0, 103.0));
    assertThat(drift.path("slope_per_hour").asDouble()).isCloseTo(6, within(1e-9));
    assertThat(drift.path("drift_over_mean").asDouble()).isCloseTo(9 / 304.0, within(1e-9));
    assertThat(drift.path("lowest").asDouble()).isEqualTo(100);
    assertThat(drift.path("last").asDouble()).isEqualTo(103);
  }

  @Test
  void whatIsFlatHasNone() {
    assertThat(drift(List.of(7.0, 7.0, 7.0)).path("slope_per_hour").asDouble()).isZero();
    assertThat(drift(List.of(0.0, 0.0, 0.0)).path("drift_over_mean").asDouble()).isZero();
  }
}
