package io.taskweave.core.model;

import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.Pooling;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/** Small samples with every kind of field, missing labels, padding and weights. */
final class TinySamples {
  static final int ITEM_ROWS = 6;

  private TinySamples() {}

  static SampleLayout layout(String... tasks) {
    return new SampleLayout(
        List.of(
            Field.categorical("user", 5),
            new Field("item", FieldKind.CATEGORICAL, "item", ITEM_ROWS, Pooling.MEAN),
            new Field("history", FieldKind.MULTI_VALUED, "item", ITEM_ROWS, Pooling.MEAN),
            new Field("tags", FieldKind.MULTI_VALUED, "tag", 4, Pooling.SUM),
            Field.numeric("price")),
        List.of(tasks));
  }

  /** The same fields, with a share of their known ids hidden in training. */
  static SampleLayout hidingIds(SampleLayout layout, double share) {
    return new SampleLayout(
        layout.fields().stream().map(field -> field.withIdDropout(share)).toList(), layout.tasks());
  }

  static SampleBlock block(SampleLayout layout, int rows) {
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    for (int row = 0; row < rows; row++) {
      builder.addRow(1000 + row, row % 4 == 3 ? 0.5f : 1f);
      builder.id(0, draw(row, 0, 5));
      builder.id(1, draw(row, 1, ITEM_ROWS));
      for (int v = 0; v < row % 4; v++) {
        builder.value(2, draw(row, 10 + v, ITEM_ROWS));
        builder.value(3, draw(row, 20 + v, 4));
      }
      builder.number(4, (float) CounterRandom.gaussian(row, 30));
      for (int task = 0; task < layout.tasks().size(); task++) {
        boolean missing = draw(row, 40 + task, 5) == 0;
        byte label = (byte) draw(row, 50 + task, 2);
        builder.label(task, missing ? SampleBlock.MISSING : label);
      }
    }
    return builder.build();
  }

  private static int draw(int row, int counter, int bound) {
    return (int) (CounterRandom.uniform(row, counter) * bound);
  }
}
