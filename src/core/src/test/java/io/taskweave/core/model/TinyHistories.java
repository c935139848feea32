package io.taskweave.core.model;

import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.HistoryColumns;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import java.util.List;

/** Small samples with two histories: one with times, padding and an attribute of its own. */
final class TinyHistories {
  private static final int[] ITEM_EVENTS_OF_USER = {0, 1, 3, 7};

  private TinyHistories() {}

  static SampleLayout layout(String... tasks) {
    Field item = Field.categorical("item", 6);
    Field category = Field.categorical("category", 4);
    Sequence clicks =
        new Sequence(
            "clicks",
            List.of(
                SequenceAttribute.like("item", item),
                SequenceAttribute.like("category", category),
                new SequenceAttribute("action", "action", 3, null)),
            4,
            SequenceOrder.TIME,
            5);
    Sequence before =
        new Sequence(
            "before", List.of(SequenceAttribute.like("item", item)), 3, SequenceOrder.POSITION, 0);
    return new SampleLayout(
        List.of(Field.categorical("user", 5), item, category),
        List.of(tasks),
        List.of(clicks, before));
  }

  static SampleBlock block(SampleLayout layout, int rows) {
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    int[] starts = new int[5];
    for (int user = 0; user < 4; user++) {
      starts[user + 1] = starts[user] + ITEM_EVENTS_OF_USER[user];
    }
    int events = starts[4];
    int[][] ids = new int[3][events];
    long[] times = new long[events];
    for (int event = 0; event < events; event++) {
      ids[0][event] = draw(event, 70, 6);
      ids[1][event] = draw(event, 71, 4);
      ids[2][event] = draw(event, 72, 3);
      times[event] = 100 + 3L * event;
    }
    builder.events(0, new HistoryColumns(ids, times));
    builder.events(1, new HistoryColumns(new int[][] {ids[0]}, null));
    for (int row = 0; row < rows; row++) {
      int user = row % 4;
      builder.addRow(1000 + row, row % 5 == 3 ? 0.5f : 1f);
      builder.time(110 + 4L * row);
      builder.id(0, user + 1);
      builder.id(1, draw(row, 1, 6));
      builder.id(2, draw(row, 2, 4));
      builder.userHistory(0, starts[user], starts[user + 1]);
      builder.userHistory(1, starts[user], starts[user + 1]);
      for (int task = 0; task < layout.tasks().size(); task++) {
        builder.label(task, (byte) draw(row, 50 + task, 2));
      }
    }
    return builder.build();
  }

  private static int draw(int row, int counter, int bound) {
    return (int) (CounterRandom.uniform(row, counter) * bound);
  }
}
