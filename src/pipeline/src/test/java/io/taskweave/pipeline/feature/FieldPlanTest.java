package io.taskweave.pipeline.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FieldPlanTest {
  @Test
  void impossibleFieldsAreRefusedWithTheirValue() {
    assertRefused(() -> FieldPlan.categorical("item").hashBuckets(-1).build(), "(-1)");
    assertRefused(() -> FieldPlan.categorical("item").minimumCount(0).build(), "(0)");
    assertRefused(() -> FieldPlan.categorical("item").quantiles(1).build(), "(1)");
    assertRefused(() -> FieldPlan.categorical("item").idDropout(1).build(), "(1.0)");
    assertRefused(() -> FieldPlan.categorical("item").edges(List.of(2.0, 1.0)).build(), "ascend");
    assertRefused(() -> FieldPlan.categorical("item").log(true).build(), "numeric field");
    assertRefused(() -> FieldPlan.numeric("price").clip(2.0, 1.0).build(), "(2.0, 1.0)");
    assertRefused(() -> FieldPlan.categorical("hour").zone("Mars/Base").build(), "(Mars/Base)");
  }

  @Test
  void fieldsOfOneTableMustAgree() {
    FieldPlan item = FieldPlan.categorical("item").build();
    assertRefused(
        () ->
            FeatureLog.plan(item, FieldPlan.categorical("b").table("item").minimumCount(3).build()),
        "(item)");
    assertRefused(
        () ->
            FeatureLog.plan(item, FieldPlan.categorical("b").table("item").hashBuckets(3).build()),
        "(item)");
    assertRefused(() -> FeatureLog.plan(item, item), "field twice (item)");
  }

  @Test
  void aDefaultStandsForNumbersThatAreNone(@TempDir Path folder) {
    FeatureLog log = FeatureLog.tiny(folder);
    log.add(8, "u1", "c", "a", "x", 5, Double.NaN, 1, 1, "2024-01-01");
    log.add(9, "u1", "c", "a", "x", 5, Double.POSITIVE_INFINITY, 1, 1, "2024-01-01");
    assertThatThrownBy(() -> log.encode(FeatureLog.plan(FieldPlan.numeric("length").build())))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("NaN in sample 8; Infinity in sample 9");
    log.encode(FeatureLog.plan(FieldPlan.numeric("length").missing(7.0).build()));
    assertThat(log.features().get("length")).containsEntry(8L, 7.0f).containsEntry(9L, 7.0f);
  }

  @Test
  void aNumberWithoutALogarithmIsRefusedWhateverStandsForMissingOnes(@TempDir Path folder) {
    FeatureLog log = FeatureLog.tiny(folder);
    FieldPlan none = FieldPlan.numeric("length").missing(-1.0).log(true).build();
    log.add(9, "u1", "c", "a", "x", 5, null, 1, 1, "2024-01-01");
    assertThatThrownBy(() -> log.encode(FeatureLog.plan(none)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("null in sample 9");
    log.add(8, "u1", "c", "a", "x", 5, -5.0, 1, 1, "2024-01-01");
    FieldPlan some = FieldPlan.numeric("length").missing(0.0).log(true).build();
    assertThatThrownBy(() -> log.encode(FeatureLog.plan(some)))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("-5.0 in sample 8");
    log.encode(
        FeatureLog.plan(FieldPlan.numeric("length").missing(0.0).clip(0.0, 9.0).log(true).build()));
    assertThat(log.features().get("length")).containsEntry(8L, 0.0f);
  }

  private static void assertRefused(Supplier<Object> plan, String message) {
    assertThatThrownBy(plan::get)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(message);
  }
}
