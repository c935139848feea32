package io.taskweave.pipeline.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.metric.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicateRecordTest {
  private static ReplicateRecord auc(long rows, Double... values) {
    return new ReplicateRecord(
        "like", "test", "all", Checkpoint.COMMON_EPOCH, List.of(values), rows, 3);
  }

  @Test
  void seedsAreAveragedReplicateByReplicate() {
    ReplicateRecord mean = ReplicateRecord.mean(List.of(auc(9, .5, .6, .2), auc(9, .7, .8, .6)));
    assertThat(mean.values().get(0)).isEqualTo(.6, within(1e-15));
    assertThat(mean.values().get(1)).isEqualTo(.7, within(1e-15));
    assertThat(mean.values().get(2)).isEqualTo(.4, within(1e-15));
  }

  @Test
  void aDifferenceIsPairedByReplicate() {
    List<Double> first = new ArrayList<>(List.of(.70));
    List<Double> second = new ArrayList<>(List.of(.72));
    for (int replicate = 0; replicate < 200; replicate++) {
      // Both move together by far more than they differ.
      double common = .5 + replicate / 1000.0;
      first.add(common);
      second.add(common + .02 + (replicate % 3 - 1) * .001);
    }
    Effect effect =
        auc(9, second.toArray(Double[]::new)).minus(auc(9, first.toArray(Double[]::new)));
    assertThat(effect.value()).isEqualTo(.02, within(1e-12));
    assertThat(effect.low()).isEqualTo(.019, within(1e-12));
    assertThat(effect.high()).isEqualTo(.021, within(1e-12));
  }

  @Test
  void otherSamplesOrReplicatesAreRefused() {
    assertThatThrownBy(() -> auc(9, .5, .6).minus(auc(8, .5, .6)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("8 rows")
        .hasMessageContaining("9 rows");
    assertThatThrownBy(() -> ReplicateRecord.mean(List.of(auc(9, .5, .6), auc(9, .5))))
        .isInstanceOf(InputRejectedException.class);
  }

  @Test
  void undefinedReplicatesSurviveTheirFile() throws Exception {
    ReplicateRecord record = auc(9, .5, Double.NaN, .7);
    ObjectMapper mapper = new ObjectMapper();
    String json = mapper.writeValueAsString(record);
    assertThat(json).contains("[0.5,null,0.7]");
    assertThat(mapper.readValue(json, ReplicateRecord.class)).isEqualTo(record);
    assertThat(record.minus(auc(9, .4, .1, .5)).high()).isEqualTo(.2, within(1e-12));
  }
}
