package io.taskweave.engine.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingSettingsTest {
  private static SparkConf pinned(String master) {
    SparkConf conf = new SparkConf(false).set("spark.master", master);
    TrainingSettings.pinned(master, "2").forEach(conf::set);
    return conf;
  }

  private static SparkConf cluster() {
    return pinned("spark://host:7077").set("spark.cores.max", "4");
  }

  @Test
  void acceptsWhatItPins() {
    for (SparkConf conf :
        new SparkConf[] {
          pinned("local[2]"),
          cluster(),
          pinned("yarn").set("spark.executor.instances", "3"),
          pinned("k8s://https://host").set("spark.cores.max", "2")
        }) {
      assertThatCode(() -> TrainingSettings.check(conf)).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "spark.dynamicAllocation.enabled, true",
    "spark.speculation, true",
    "spark.task.maxFailures, 4",
    "spark.task.cpus, 1",
    "spark.locality.wait, 3s",
    "spark.scheduler.minRegisteredResourcesRatio, 0.8",
    "spark.serializer, org.apache.spark.serializer.KryoSerializer",
    "spark.cores.max, 3",
    "spark.executor.cores, many",
  })
  void refusesWhatWouldGoWrongWithoutAWord(String key, String value) {
    SparkConf conf = cluster().set(key, value);
    assertThatThrownBy(() -> TrainingSettings.check(conf))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value);
  }

  @ParameterizedTest
  @CsvSource({"mesos://host", "local", "local[*]", "local-cluster[2,1,1024]", "''"})
  void refusesAMasterThatBigDlReadsOtherwiseOrNotAtAll(String master) {
    SparkConf conf = pinned("local[2]").set("spark.master", master);
    assertThatThrownBy(() -> TrainingSettings.check(conf))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("spark.master must ")
        .hasMessageContaining("(" + master + ")");
  }

  @Test
  void namesEveryProblemAtOnce() {
    SparkConf conf = pinned("yarn").set("spark.speculation", "true");
    assertThatThrownBy(() -> TrainingSettings.check(conf))
        .hasMessageContaining("spark.speculation must be false (true)")
        .hasMessageContaining("spark.executor.instances must be a number");
  }

  @ParameterizedTest
  @CsvSource({
    "local[*], 2, 8, local[2]",
    "local[*], 6, 8, local[4]",
    "local[*], 16, 8, local[8]",
    "'local[*,3]', 3, 8, local[2]",
    "local, 4, 8, local[1]",
    "local[3], 4, 8, local[3]",
    "spark://host:7077, 4, 8, spark://host:7077",
  })
  void countsTheCoresOfALocalMaster(String master, int processors, int streams, String counted) {
    assertThat(TrainingSettings.master(master, processors, streams)).isEqualTo(counted);
  }
}
