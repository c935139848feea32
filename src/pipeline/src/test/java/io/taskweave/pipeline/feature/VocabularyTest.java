package io.taskweave.pipeline.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VocabularyTest {
  private static final String TRAIN = "2024-01-01";
  private static final FieldPlan ITEM = FieldPlan.categorical("item").build();

  @TempDir Path folder;

  @Test
  void furtherDaysKeepKnownIdsAndAppendNewOnes() {
    FeatureLog log = FeatureLog.tiny(folder);
    FieldPlan bucket = FieldPlan.categorical("length").quantiles(2).build();
    log.encode(FeatureLog.plan(ITEM, bucket));
    Map<String, Integer> before = log.vocabulary("item");
    List<Double> edges = log.encoder().description().fields().get(1).edges();

    for (int row = 0; row < 9; row++) {
      log.add(20 + row, "u5", row < 4 ? "more" : "most", "a", "x", 5, 90.0, 1, 1, TRAIN);
    }
    log.add(40, "u5", "most", "a", "x", 5, 1.0, 1, 1, "2024-01-04");
    log.encode(FeatureLog.plan(0, List.of("2024-01-04"), ITEM, bucket));
    assertThat(log.vocabulary("item"))
        .containsAllEntriesOf(before)
        .containsEntry("most", 5)
        .containsEntry("more", 6)
        .hasSize(5);
    assertThat(log.samples().count()).isEqualTo(8);
    assertThat(log.features().get("item")).containsEntry(40L, 5).containsEntry(7L, 1);
    assertThat(log.encoder().description().vocabularyVersion()).isEqualTo(2);
    assertThat(log.encoder().description().fields().get(1).edges()).isEqualTo(edges);

    log.add(50, "u5", "later", "a", "x", 5, 1.0, 1, 1, TRAIN);
    log.add(51, "u5", "later", "a", "x", 5, 1.0, 1, 1, "2024-01-05");
    log.encode(FeatureLog.plan(0, List.of("2024-01-05"), ITEM, bucket));
    assertThat(log.features().get("item")).containsEntry(40L, 5).containsEntry(51L, 7);
    assertThat(log.encoder().layout().fields().get(0).tableRows()).isEqualTo(8);
    assertThat(log.samples().count()).isEqualTo(9);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1_000_000})
  void aTokenThatFillsHalfTheRowsIsLookedUpLikeAnyOther(long broadcastLimit) {
    FeatureLog log = FeatureLog.tiny(folder);
    for (int row = 0; row < 4000; row++) {
      String item = row % 2 == 0 ? "c" : "item" + row;
      log.add(100 + row, "u" + row % 7, item, null, null, 1, 1.0, row % 2, 1, TRAIN);
    }
    log.encode(FeatureLog.plan(broadcastLimit, List.of(), ITEM));
    Map<Long, Object> ids = log.features().get("item");
    assertThat(ids.values().stream().filter(id -> (int) id == 2)).hasSize(2003);
    assertThat(ids.values().stream().distinct()).hasSize(2004);
    assertThat(ids).containsEntry(100L, 2).containsEntry(7L, 1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void encodingEqualsALookUpInAPlainMap(long seed) {
    Random random = new Random(seed);
    FeatureLog log = new FeatureLog(folder);
    int minimumCount = 1 + random.nextInt(3);
    Map<String, Long> counts = new HashMap<>();
    List<String> items = new ArrayList<>();
    for (int row = 0; row < 300; row++) {
      String item = random.nextInt(10) == 0 ? null : token(random);
      String day = "2024-01-0" + (1 + random.nextInt(3));
      items.add(item);
      log.add(row, "u" + row % 9, item, null, null, 1, 1.0, row % 2, row % 2, day);
      if (item != null && day.equals(TRAIN)) {
        counts.merge(item, 1L, Long::sum);
      }
    }
    List<String> order =
        counts.keySet().stream()
            .filter(item -> counts.get(item) >= minimumCount)
            .sorted(Comparator.comparing((String item) -> -counts.get(item)).thenComparing(i -> i))
            .toList();
    log.encode(
        FeatureLog.plan(
            seed == 1 ? 0 : 1000,
            List.of(),
            FieldPlan.categorical("item").minimumCount(minimumCount).build()));
    Map<Long, Object> encoded = log.features().get("item");
    for (int row = 0; row < items.size(); row++) {
      String item = items.get(row);
      int expected = item == null ? 0 : order.contains(item) ? 2 + order.indexOf(item) : 1;
      assertThat(encoded.get((long) row)).as("%s in row %d", item, row).isEqualTo(expected);
    }
  }

  /** Few frequent and many rare tokens, with letters of one to three bytes. */
  private static String token(Random random) {
    int rank = (int) Math.floor(Math.exp(random.nextDouble() * 4));
    return (rank % 3 == 0 ? "é" : rank % 3 == 1 ? "数" : "Z") + rank;
  }
}
