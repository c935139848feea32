package io.taskweave.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class RoundsTest {
  @Test
  void ratiosAreTakenWithinARoundAndSpreadIsShown() {
    Rounds rounds = new Rounds();
    rounds.add(10, 10);
    rounds.add(6, 2);
    rounds.add(40, 20);
    ObjectNode result = new ObjectMapper().createObjectNode();
    rounds.describe("rows_per_second", result);
    assertThat(result.at("/taskweave_rows_per_second/median").asDouble()).isEqualTo(10);
    assertThat(result.at("/taskweave_rows_per_second/lowest").asDouble()).isEqualTo(6);
    assertThat(result.at("/peer_rows_per_second/highest").asDouble()).isEqualTo(20);
    assertThat(result.at("/ratio/median").asDouble()).isEqualTo(2);
    rounds.add(8, 2);
    rounds.describe("rows_per_second", result);
    assertThat(result.at("/ratio/median").asDouble()).isEqualTo(2.5);
    assertThat(result.at("/ratio/rounds").asInt()).isEqualTo(4);
  }
}
