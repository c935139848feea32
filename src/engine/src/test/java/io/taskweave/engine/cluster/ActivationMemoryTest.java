package io.taskweave.engine.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.SharedBottomSpec;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.Pooling;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class ActivationMemoryTest {
  private static final Field ITEM = Field.categorical("item", 10_000_000);
  private static final int WIDTH = 8;

  private static SampleLayout layout(int events) {
    return new SampleLayout(
        List.of(ITEM, new Field("tags", FieldKind.MULTI_VALUED, "tags", 10, Pooling.MEAN)),
        List.of("click", "like"),
        List.of(
            new Sequence(
                "clicks",
                List.of(SequenceAttribute.like("item", ITEM)),
                events,
                SequenceOrder.TIME,
                0)));
  }

  private static ActivationMemory sharedBottom(InterestSpec interest, int events, int bottom) {
    ModelSpec spec =
        new SharedBottomSpec(
            new EmbeddingSpec(WIDTH, 0.1, interest), List.of(bottom), List.of(4), 0);
    return ActivationMemory.of(spec, layout(events));
  }

  @Test
  void countsWhatALayerKeepsOfARow() {
    InterestSpec none = InterestSpec.none();
    ActivationMemory narrow = sharedBottom(none, 1, 100);
    ActivationMemory wide = sharedBottom(none, 1, 300);
    // The output of the layer, and its gradient.
    assertThat(wide.scored().perRow() - narrow.scored().perRow()).isEqualTo(200 * Float.BYTES * 2);
    assertThat(wide.trained().perRow()).isGreaterThanOrEqualTo(wide.scored().perRow());
    // Embeddings and their gradients are the least that any model has.
    assertThat(narrow.scored().perRow()).isGreaterThan(2L * WIDTH * 2 * Float.BYTES);
  }

  @Test
  void countsEventsThatAttentionKeepsOfARow() {
    InterestSpec tin = InterestSpec.tin(TemporalSpec.byPosition(0.1));
    ActivationMemory ten = sharedBottom(tin, 10, 16);
    ActivationMemory twenty = sharedBottom(tin, 20, 16);
    // The weight and the temporal row of each; and for each row more that the table has, a product
    // with it and its share in two sums.
    assertThat(twenty.trained().perRow() - ten.trained().perRow())
        .isEqualTo(10 * (Float.BYTES + Integer.BYTES + 3 * Float.BYTES));
    assertThat(twenty.scored().perRow()).isLessThanOrEqualTo(twenty.trained().perRow());
  }

  @Test
  void countsWorkSpaceThatDoesNotGrowWithRows() {
    // DIN's perceptron sees events of many rows at once, and at most so many.
    assertThat(sharedBottom(InterestSpec.din(), 10, 16).trained().fixed()).isGreaterThan(100_000);
    assertThat(new ActivationMemory.Line(7, 10).bytes(2, 100)).isEqualTo(1014);
  }

  @Test
  void aTableMayHaveNoRowButThatOfPadding() {
    SampleLayout empty = new SampleLayout(List.of(Field.categorical("item", 1)), List.of("click"));
    ModelSpec spec = new SharedBottomSpec(new EmbeddingSpec(WIDTH, 0.1), List.of(8), List.of(4), 0);
    assertThat(ActivationMemory.of(spec, empty).scored().perRow()).isPositive();
  }
}
