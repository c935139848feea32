package io.taskweave.bench;

import io.taskweave.core.layer.Activation;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.InterestNetSpec;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalSpec;
import java.util.List;

/** TIN as published: 50 events a sample, item and category of width 64 each, a million items. */
final class TinShape {
  static final List<Integer> BATCHES = List.of(1024, 4096);
  static final int EVENTS = 50;
  static final Field ITEM = Field.categorical("item", 1_000_000);
  static final Field CATEGORY = Field.categorical("category", 1_000);
  static final SampleLayout LAYOUT = layout(ITEM, CATEGORY, List.of("click"));
  static final InterestNetSpec MODEL =
      new InterestNetSpec(
          new EmbeddingSpec(64, 0.01, InterestSpec.tin(TemporalSpec.byPosition(0.01))),
          List.of(80, 40),
          Activation.RELU,
          false,
          "",
          0);

  private TinShape() {}

  /** A target and the clicks before it, each an item and its category. */
  static SampleLayout layout(Field item, Field category, List<String> tasks) {
    return new SampleLayout(
        List.of(item, category),
        tasks,
        List.of(
            new Sequence(
                "clicks",
                List.of(
                    SequenceAttribute.like(item.name(), item),
                    SequenceAttribute.like(category.name(), category)),
                EVENTS,
                SequenceOrder.POSITION,
                0)));
  }
}
