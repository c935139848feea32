package io.taskweave.core.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SampleHistoryTest {
  private static final Field ITEM = Field.categorical("item", 50);

  private static SampleLayout layout(int maxLength, SequenceOrder order, long delay) {
    SequenceAttribute item = SequenceAttribute.like("item", ITEM);
    Sequence clicks = new Sequence("clicks", List.of(item), maxLength, order, delay);
    return new SampleLayout(List.of(ITEM), List.of("click"), List.of(clicks));
  }

  /** Two users: events 0 to 2, and events 3 to 7. */
  private static HistoryColumns events() {
    return new HistoryColumns(
        new int[][] {{1, 2, 3, 11, 12, 13, 14, 15}}, new long[] {5, 6, 7, 10, 20, 20, 20, 30});
  }

  @ParameterizedTest
  @CsvSource({
    // An event at the very instant of the sample lies not before it.
    "10, 0, 9, 3, 3",
    "10, 0, 10, 3, 3",
    "10, 0, 11, 3, 4",
    "10, 0, 20, 3, 4",
    "10, 0, 21, 3, 7",
    "10, 0, 31, 3, 8",
    "10, 5, 25, 3, 4",
    "10, 5, 26, 3, 7",
    "2, 0, 31, 6, 8",
    "1, 0, 11, 3, 4",
    "5, 0, 1000, 3, 8",
  })
  void aSampleSeesItsUsersLastEventsBeforeItsTimeMinusTheDelay(
      int maxLength, long delay, long time, int from, int to) {
    SampleBlockBuilder builder =
        new SampleBlockBuilder(layout(maxLength, SequenceOrder.TIME, delay));
    builder.events(0, events());
    builder.addRow(1, 1);
    builder.time(time);
    builder.userHistory(0, 3, 8);
    SampleBlock block = builder.build();
    assertThat(block.times()).containsExactly(time);
    assertThat(block.historyStarts(0)).containsExactly(from);
    assertThat(block.historyEnds(0)).containsExactly(to);
  }

  @Test
  void eventsWithoutTimeAllLieBeforeTheSample() {
    SampleBlockBuilder builder = new SampleBlockBuilder(layout(2, SequenceOrder.POSITION, 0));
    builder.events(0, new HistoryColumns(new int[][] {{1, 2, 3, 4}}, null));
    builder.addRow(1, 1);
    builder.userHistory(0, 0, 3);
    SampleBlock block = builder.build();
    assertThat(block.times()).isNull();
    assertThat(block.historyStarts(0)).containsExactly(1);
    assertThat(block.historyEnds(0)).containsExactly(3);
  }

  @Test
  void rowsWithoutHistorySeeNothingHoweverTheBlockGrows() {
    SampleBlockBuilder builder = new SampleBlockBuilder(layout(9, SequenceOrder.TIME, 0));
    builder.events(0, events());
    for (int row = 0; row < 3000; row++) {
      builder.addRow(row, 1);
      builder.time(row);
      if (row % 3 == 0) {
        builder.userHistory(0, 0, 3);
      }
    }
    SampleBlock block = builder.build();
    for (int row = 0; row < 3000; row++) {
      int seen = row % 3 == 0 ? Math.max(0, Math.min(3, row - 5)) : 0;
      assertThat(block.historyEnds(0)[row] - block.historyStarts(0)[row]).isEqualTo(seen);
    }
  }

  @Test
  void bytesGrowWithEventsAndNotWithWhatSamplesSee() {
    long[] bytes = new long[2];
    for (int maxLength : new int[] {1, 8}) {
      SampleBlockBuilder builder = new SampleBlockBuilder(layout(maxLength, SequenceOrder.TIME, 0));
      builder.events(0, events());
      for (int row = 0; row < 100; row++) {
        builder.addRow(row, 1);
        builder.time(1000);
        builder.userHistory(0, 3, 8);
      }
      bytes[maxLength == 1 ? 0 : 1] = builder.build().bytes();
    }
    // Sample id, weight, time, item, label, a start and an end; an id and a time an event.
    assertThat(bytes[0]).isEqualTo(100 * (8 + 4 + 8 + 4 + 1 + 8) + 8 * (4 + 8));
    assertThat(bytes[1]).isEqualTo(bytes[0]);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    SampleBlockBuilder builder = new SampleBlockBuilder(layout(9, SequenceOrder.TIME, 0));
    assertThatThrownBy(() -> builder.events(0, new HistoryColumns(new int[][] {{1}}, null)))
        .hasMessageContaining("without times");
    assertThatThrownBy(() -> new HistoryColumns(new int[][] {{1}, {1, 2}}, null))
        .hasMessageContaining("columns of 1 and of 2 events");
    assertThatThrownBy(() -> layout(0, SequenceOrder.TIME, 0)).hasMessageContaining("(0)");
    assertThatThrownBy(() -> layout(1, SequenceOrder.TIME, -1)).hasMessageContaining("delay");
    assertThatThrownBy(() -> layout(1, SequenceOrder.POSITION, 5)).hasMessageContaining("delay");
    SequenceAttribute stray = new SequenceAttribute("item", "item", 50, "author");
    assertThatThrownBy(
            () ->
                new SampleLayout(
                    List.of(ITEM),
                    List.of(),
                    List.of(new Sequence("a", List.of(stray), 1, SequenceOrder.TIME, 0))))
        .hasMessageContaining("the target of a.item");
    SequenceAttribute larger = new SequenceAttribute("item", "item", 51, null);
    assertThatThrownBy(
            () ->
                new SampleLayout(
                    List.of(ITEM),
                    List.of(),
                    List.of(new Sequence("a", List.of(larger), 1, SequenceOrder.TIME, 0))))
        .hasMessageContaining("rows of table item");
  }
}
