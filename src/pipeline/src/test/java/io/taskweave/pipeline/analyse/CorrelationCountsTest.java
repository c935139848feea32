package io.taskweave.pipeline.analyse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.history.HistoryPlan;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class CorrelationCountsTest {
  private static final int TABLE_ROWS = 6;
  private static final int LENGTH = 4;
  private static final int USERS = 9;

  private static final Sequence SEQUENCE =
      new Sequence(
          "clicks",
          List.of(
              new SequenceAttribute("item", "item", 9, null),
              SequenceAttribute.like("category", Field.categorical("category", TABLE_ROWS))),
          LENGTH,
          SequenceOrder.TIME,
          0);

  private record Event(int user, long time, int category, int label) {}

  private final List<Event> events = random(1, 80);
  private final List<Event> samples = random(2, 120);

  @Test
  void positionsAreCountedFromTheLastEventBack() {
    CorrelationCounts counts = count(plan(3, List.of()), new int[] {4, 2});
    for (int target = 0; target < 2; target++) {
      int category = target == 0 ? 4 : 2;
      for (int label = 0; label < 2; label++) {
        assertThat(counts.samples(target, label)).isEqualTo(samplesOf(category, label).size());
        for (int behaviour = 0; behaviour < TABLE_ROWS; behaviour++) {
          for (int position = 0; position < 3; position++) {
            long expected = 0;
            for (Event sample : samplesOf(category, label)) {
              List<Event> seen = seen(sample);
              int place = seen.size() - 1 - position;
              expected += place >= 0 && seen.get(place).category() == behaviour ? 1 : 0;
            }
            assertThat(counts.with(target, behaviour, position, label)).isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void aSampleCountsOnceInAnIntervalAndLaterOnesAreLeftOut() {
    List<Duration> ends = List.of(Duration.ofMillis(5), Duration.ofMillis(40));
    CorrelationCounts counts = count(plan(0, ends), new int[] {3});
    for (int label = 0; label < 2; label++) {
      for (int behaviour = 0; behaviour < TABLE_ROWS; behaviour++) {
        for (int column = 0; column < 2; column++) {
          long from = column == 0 ? 0 : 5;
          long to = column == 0 ? 5 : 40;
          int wanted = behaviour;
          long expected =
              samplesOf(3, label).stream()
                  .filter(
                      sample ->
                          seen(sample).stream()
                              .anyMatch(
                                  event ->
                                      event.category() == wanted
                                          && sample.time() - event.time() >= from
                                          && sample.time() - event.time() < to))
                  .count();
          assertThat(counts.with(0, behaviour, column, label)).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void moreCellsThanFitAreRefused() {
    assertThatThrownBy(() -> count(plan(1_000_000, List.of()), new int[] {2, 3}))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("2 targets, 6 values and 1000000 columns make 24000000 counters");
  }

  private List<Event> samplesOf(int category, int label) {
    return samples.stream()
        .filter(sample -> sample.category() == category && sample.label() == label)
        .toList();
  }

  private List<Event> seen(Event sample) {
    List<Event> before =
        events.stream()
            .filter(event -> event.user() == sample.user() && event.time() < sample.time())
            .toList();
    return before.subList(Math.max(0, before.size() - LENGTH), before.size());
  }

  private CorrelationCounts count(CorrelationPlan plan, int[] targets) {
    return CorrelationCounts.of(plan, SEQUENCE, targets, sampleRows(), historyRows());
  }

  private static CorrelationPlan plan(int positions, List<Duration> intervals) {
    HistoryPlan histories =
        new HistoryPlan(
            List.of(
                new SequencePlan(
                    "clicks",
                    SequenceOrder.TIME,
                    Duration.ZERO,
                    LENGTH,
                    Optional.empty(),
                    List.of(AttributePlan.ofField("category", "category", "category")),
                    List.of(SourcePlan.log("user")))));
    return new CorrelationPlan(
        histories,
        "clicks",
        "category",
        "click",
        List.of(),
        2,
        List.of(),
        3,
        positions,
        intervals,
        10,
        1);
  }

  /** In the order of time; no two events of a user at one time. */
  private static List<Event> random(long key, int count) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(
          new Event(
              (int) (USERS * CounterRandom.uniform(key, 4L * i)),
              2L * i + key,
              1 + (int) (5 * CounterRandom.uniform(key, 4L * i + 1)),
              (int) (2 * CounterRandom.uniform(key, 4L * i + 2))));
    }
    return events;
  }

  private Dataset<Row> sampleRows() {
    StructType schema =
        new StructType()
            .add("user", DataTypes.StringType)
            .add("time", DataTypes.LongType)
            .add("feature_category", DataTypes.IntegerType)
            .add("label_click", DataTypes.ByteType);
    List<Row> rows = new ArrayList<>();
    for (Event sample : samples) {
      rows.add(
          RowFactory.create(
              "u" + sample.user(), sample.time(), sample.category(), (byte) sample.label()));
    }
    rows.add(RowFactory.create("u1", 50L, 3, null));
    return LocalSpark.session().createDataFrame(rows, schema).repartition(3);
  }

  private Dataset<Row> historyRows() {
    StructType schema =
        new StructType()
            .add("sequence", DataTypes.StringType)
            .add("user", DataTypes.StringType)
            .add("chunk", DataTypes.LongType)
            .add("times", DataTypes.createArrayType(DataTypes.LongType))
            .add("ids", DataTypes.createArrayType(DataTypes.IntegerType));
    List<Row> rows = new ArrayList<>();
    for (Event event : events) {
      rows.add(
          RowFactory.create(
              "clicks",
              "u" + event.user(),
              event.time(),
              new Long[] {event.time()},
              new Integer[] {7, event.category()}));
      rows.add(
          RowFactory.create(
              "other", "u" + event.user(), event.time(), new Long[] {1L}, new Integer[] {0, 0}));
    }
    return LocalSpark.session().createDataFrame(rows, schema).repartition(2);
  }
}
