package io.taskweave.pipeline.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.CheckpointException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlierIdsTest {
  private static final FieldPlan ITEM = FieldPlan.categorical("item").build();
  private static final FieldPlan TAG = FieldPlan.multiValued("tag").build();

  @TempDir Path folder;

  private FeatureLog log(String name) {
    return FeatureLog.tiny(folder.resolve(name));
  }

  @Test
  void anIdIsFoundByItsTokenWhereverItLies() {
    FeatureLog first = log("first");
    first.encode(FeatureLog.plan(ITEM, TAG));
    // Another order of counts and a token more; d is gone.
    FeatureLog second = new FeatureLog(folder.resolve("second"));
    second.add(1, "u1", "new", "a", "z", 5, 1.0, 1, 1, "2024-01-01");
    second.add(2, "u1", "new", "a", "z,y", 5, 1.0, 0, 0, "2024-01-01");
    second.add(3, "u1", "b", "a", "x", 5, 1.0, 0, 0, "2024-01-01");
    second.add(4, "u2", "c", "a", "y", 5, 1.0, 0, 0, "2024-01-01");
    second.add(5, "u1", "b", "a", "y", 5, 1.0, 1, 0, "2024-01-02");
    second.add(6, "u1", "b", "a", "y", 5, 1.0, 1, 0, "2024-01-03");
    second.encode(FeatureLog.plan(ITEM, TAG));

    SortedMap<String, int[]> ids = EarlierIds.of(first.encoder(), second.encoder());
    assertThat(ids).containsOnlyKeys("item", "tag");
    for (String table : ids.keySet()) {
      Map<String, Integer> before = first.vocabulary(table);
      Map<String, Integer> now = second.vocabulary(table);
      int[] places = ids.get(table);
      assertThat(places).hasSize(before.size() + 2).startsWith(0, 1);
      before.forEach(
          (token, id) -> assertThat(places[id]).as(token).isEqualTo(now.getOrDefault(token, -1)));
    }
    assertThat(first.vocabulary("item").get("c")).isNotEqualTo(second.vocabulary("item").get("c"));
    assertThat(ids.get("item")).contains(EarlierIds.GONE);
  }

  @Test
  void hashesAndBucketsStayWhereTheyAre() {
    FieldPlan hash = FieldPlan.categorical("item").hashBuckets(3).build();
    FieldPlan edges = FieldPlan.categorical("length").edges(List.of(2.0, 4.0)).build();
    FeatureLog first = log("first");
    first.encode(FeatureLog.plan(hash, edges));
    FeatureLog second = log("second");
    second.add(9, "u9", "f", "a", "x", 5, 90.0, 1, 1, "2024-01-01");
    second.encode(FeatureLog.plan(hash, edges));
    SortedMap<String, int[]> ids = EarlierIds.of(first.encoder(), second.encoder());
    assertThat(ids.get("item")).containsExactly(0, 1, 2, 3, 4);
    assertThat(ids.get("length")).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void idsThatAreMadeInAnotherWayAreRefused() {
    FeatureLog first = log("first");
    first.encode(FeatureLog.plan(ITEM));
    FeatureLog second = log("second");
    second.encode(FeatureLog.plan(FieldPlan.categorical("item").hashBuckets(3).build()));
    assertThatThrownBy(() -> EarlierIds.of(first.encoder(), second.encoder()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("table item")
        .hasMessageContaining("hash-buckets 0 there, 3 here");
  }
}
