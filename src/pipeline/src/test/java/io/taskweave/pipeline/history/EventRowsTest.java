package io.taskweave.pipeline.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;

/** From events in any order to rows of histories, without Spark between the two. */
class EventRowsTest {
  private static final long DAY = EventPeriods.DAY_MILLIS;
  private static final long HOUR = DAY / 24;
  private static final SequencePlan SEQUENCE =
      new SequencePlan(
          "clicks",
          SequenceOrder.TIME,
          Duration.ZERO,
          20,
          Optional.empty(),
          List.of(
              AttributePlan.ofField("item", "item", "item"),
              AttributePlan.ofField("author", "author", "author")),
          List.of(SourcePlan.log("user")));
  private static final Comparator<Event> IN_ORDER =
      Comparator.comparingLong(Event::order)
          .thenComparingLong(Event::tie)
          .thenComparingLong(Event::id);

  private record Event(String user, long order, long tie, long id) {
    int item() {
      return (int) (id % 1000);
    }

    int author() {
      return item() + 7;
    }

    InternalRow row() {
      return new GenericInternalRow(
          new Object[] {
            UTF8String.fromString(user),
            order,
            tie,
            id,
            UnsafeArrayData.fromPrimitiveArray(new int[] {item(), author()})
          });
    }
  }

  private record History(
      String user, int stream, long chunk, List<Long> times, List<Integer> ids, String day) {}

  @Provide
  Arbitrary<List<Event>> events() {
    // Few times and ids, so that there are ties and events that come twice.
    Arbitrary<Long> orders =
        Combinators.combine(
                Arbitraries.longs().between(0, 2),
                Arbitraries.longs().between(0, 2),
                Arbitraries.longs().between(0, 3))
            .as((day, hour, millis) -> day * DAY + hour * HOUR + millis);
    return Combinators.combine(
            Arbitraries.of("a", "b", "c"),
            orders,
            Arbitraries.of(-1L, 1L, 256L),
            Arbitraries.of(0L, 1L, 2L, 256L))
        .as(Event::new)
        .list()
        .ofMaxSize(150);
  }

  @Property
  void eachEventLiesOnceInItsOrderHoweverTasksShareThem(
      @ForAll("events") List<Event> events,
      @ForAll @IntRange(min = 1, max = 4) int tasks,
      @ForAll @IntRange(min = 1, max = 2000) int heldBytes,
      @ForAll long seed) {
    EventPeriods periods = EventPeriods.of(SEQUENCE, Set.of(EventPeriods.key("b", 1)));
    assertThat(histories(events, periods, tasks, heldBytes, seed))
        .containsExactlyInAnyOrderElementsOf(expected(events, periods));
  }

  @Test
  void aLongPeriodIsCutIntoRowsThatKeepTheEventsOfATimeTogether() {
    // 4095 times of one event, then a time of 20 events that fills the row, then two more rows.
    List<Event> events = new ArrayList<>();
    IntStream.range(0, 10_000)
        .forEach(i -> events.add(new Event("a", i < 4095 ? i : Math.max(4095, i - 19), 0, i)));
    EventPeriods periods = EventPeriods.of(SEQUENCE, Set.of());
    List<History> rows = histories(events, periods, 3, 10_000, 5);
    assertThat(rows.stream().map(row -> row.times().size())).containsExactly(4115, 4096, 1789);
    assertThat(rows.stream().flatMap(row -> row.times().stream()))
        .containsExactlyElementsOf(events.stream().map(Event::order).toList());
    assertThat(rows.get(1).chunk()).isEqualTo(4096);
    assertThat(rows.stream().flatMap(row -> row.ids().subList(0, row.times().size()).stream()))
        .containsExactlyElementsOf(events.stream().map(Event::item).toList());
  }

  @Test
  void aHeavyUsersPositionsAreCutIntoRangesThatFollowEachOther() {
    List<Event> events = new ArrayList<>();
    for (long position : new long[] {0, HOUR - 1, HOUR, DAY, DAY + HOUR, 1000 * DAY}) {
      events.add(new Event("a", position, 0, position));
    }
    EventPeriods periods = new EventPeriods(false, 1, Set.of(EventPeriods.key("a", 1)));
    List<History> rows = new ArrayList<>(histories(events, periods, 2, 10_000, 5));
    assertThat(rows).hasSize(5);
    rows.sort(Comparator.comparingLong(History::chunk));
    assertThat(rows.stream().flatMap(row -> row.times().stream()))
        .containsExactlyElementsOf(events.stream().map(Event::order).toList());
  }

  @Test
  void eventsOfOneRowThatDifferInAnAttributeAreSeveral() {
    List<InternalRow> same = new ArrayList<>();
    for (int[] ids : new int[][] {{300, 0}, {256, 9}, {200, 130}, {200, 1}, {256, 9}}) {
      same.add(
          new GenericInternalRow(
              new Object[] {
                UTF8String.fromString("a"), 5L, 0L, 1L, UnsafeArrayData.fromPrimitiveArray(ids)
              }));
    }
    EventPeriods periods = EventPeriods.of(SEQUENCE, Set.of());
    List<InternalRow> parts = new ArrayList<>();
    new EventParts(same.iterator(), 0, periods, 2, 10_000)
        .forEachRemaining(part -> parts.add(placed(part)));
    EventRows rows = new EventRows(parts.iterator(), EventRows.kinds(List.of(SEQUENCE)));
    assertThat(history(rows.next()).ids()).containsExactly(200, 200, 256, 300, 1, 130, 9, 0);
    assertThat(rows.hasNext()).isFalse();
  }

  private static List<History> histories(
      List<Event> events, EventPeriods periods, int tasks, int heldBytes, long seed) {
    Random random = new Random(seed);
    List<List<InternalRow>> ofTasks = new ArrayList<>();
    IntStream.range(0, tasks).forEach(task -> ofTasks.add(new ArrayList<>()));
    events.forEach(event -> ofTasks.get(random.nextInt(tasks)).add(event.row()));
    List<InternalRow> parts = new ArrayList<>();
    for (List<InternalRow> ofTask : ofTasks) {
      new EventParts(ofTask.iterator(), 0, periods, 2, heldBytes)
          .forEachRemaining(part -> parts.add(placed(part)));
    }
    java.util.Collections.shuffle(parts, random);
    // As HistoryRows sorts them.
    parts.sort(
        Comparator.<InternalRow>comparingInt(part -> part.getInt(4))
            .thenComparing(part -> part.getUTF8String(2))
            .thenComparingInt(part -> part.getInt(5))
            .thenComparingLong(part -> part.getLong(6)));
    List<History> result = new ArrayList<>();
    Iterator<InternalRow> rows =
        new EventRows(parts.iterator(), EventRows.kinds(List.of(SEQUENCE)));
    rows.forEachRemaining(row -> result.add(history(row)));
    return result;
  }

  /** With a place and a stream, as in the shuffle. */
  private static InternalRow placed(InternalRow part) {
    return new GenericInternalRow(
        new Object[] {
          0L,
          part.getInt(0),
          part.getUTF8String(1),
          5,
          part.getInt(2),
          part.getInt(3),
          part.getLong(4),
          part.getBinary(5)
        });
  }

  private static History history(InternalRow row) {
    return new History(
        row.getUTF8String(1).toString(),
        row.getInt(2),
        row.getLong(3),
        boxed(row.getArray(4).toLongArray()),
        IntStream.of(row.getArray(5).toIntArray()).boxed().toList(),
        row.getUTF8String(6).toString());
  }

  private static List<Long> boxed(long[] values) {
    return java.util.Arrays.stream(values).boxed().toList();
  }

  /** None of them is long enough to be cut further. */
  private static List<History> expected(List<Event> events, EventPeriods periods) {
    List<History> expected = new ArrayList<>();
    for (String user : List.of("a", "b", "c")) {
      for (int day = 0; day < 3; day++) {
        boolean heavy = periods.isHeavy(UTF8String.fromString(user), day);
        for (int hour = 0; hour < (heavy ? 3 : 1); hour++) {
          long from = day * DAY + (heavy ? hour * HOUR : 0);
          long to = from + (heavy ? HOUR : DAY);
          TreeSet<Event> once = new TreeSet<>(IN_ORDER);
          events.stream()
              .filter(event -> event.user().equals(user))
              .filter(event -> event.order() >= from && event.order() < to)
              .forEach(once::add);
          if (!once.isEmpty()) {
            List<Integer> ids = new ArrayList<>();
            once.forEach(event -> ids.add(event.item()));
            once.forEach(event -> ids.add(event.author()));
            expected.add(
                new History(
                    user,
                    5,
                    once.first().order(),
                    once.stream().map(Event::order).toList(),
                    ids,
                    "1970-01-0" + (day + 1)));
          }
        }
      }
    }
    return expected;
  }
}
