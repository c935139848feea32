package io.taskweave.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.Pooling;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdDropoutTest {
  private static final SampleLayout SHOWN = TinySamples.layout("finish", "like");
  private static final float[] FACTORS = {0.2f, 0.1f};
  private static final int ROWS = 40;

  private static SampleBatch batch(SampleLayout layout, IntUnaryOperator shown) {
    SampleBlock block = TinySamples.block(layout, ROWS);
    for (int field = 0; field < layout.fields().size(); field++) {
      if (layout.fields().get(field).kind() != FieldKind.NUMERIC) {
        int[] ids = block.ids(field);
        for (int i = 0; i < ids.length; i++) {
          ids[i] = shown.applyAsInt(ids[i]);
        }
      }
    }
    return SampleBatch.all(block);
  }

  private static int unknownIfKnown(int id) {
    return Math.min(id, Field.UNKNOWN_ID);
  }

  static List<ModelSpec> specs() {
    return ModelGradientTest.specs().toList();
  }

  @ParameterizedTest
  @MethodSource("specs")
  void allHiddenEqualsALogOfUnknownIdsToTheBit(ModelSpec spec) {
    SampleLayout hidden = TinySamples.hidingIds(SHOWN, 1);
    ModelRun hiding = ModelRun.started(spec.create(hidden), 5);
    ModelRun plain = ModelRun.started(spec.create(SHOWN), 5);
    SampleBatch known = batch(hidden, id -> id);
    SampleBatch unknown = batch(SHOWN, IdDropoutTest::unknownIfKnown);
    assertThat(hiding.forward(known)).containsExactly(plain.forward(unknown));
    assertThat(hiding.summed(known, FACTORS)).containsExactly(plain.summed(unknown, FACTORS));
    assertThat(hiding.forward(known)).isNotEqualTo(plain.forward(known));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void theGradientOfAHiddenIdGoesToTheUnknownRow(ModelSpec spec) {
    SampleLayout hidden = TinySamples.hidingIds(SHOWN, 1);
    ModelRun run = ModelGradientTest.run(spec.create(hidden));
    float[] gradient = run.summed(batch(hidden, id -> id), FACTORS);
    run.layout.parameters().stream()
        .filter(parameter -> parameter.isTable())
        .forEach(
            table -> {
              float[] rows = run.slice(gradient, table.name());
              int width = table.shape()[1];
              boolean unknown = false;
              for (int i = 0; i < rows.length; i++) {
                if (i / width == Field.UNKNOWN_ID) {
                  unknown |= rows[i] != 0;
                } else {
                  assertThat(rows[i]).as("%s element %d", table, i).isZero();
                }
              }
              assertThat(unknown).as(table.name()).isTrue();
            });
  }

  @ParameterizedTest
  @MethodSource("specs")
  void scoringAndAShareOfZeroChangeNoBit(ModelSpec spec) {
    ModelRun plain = ModelRun.started(spec.create(SHOWN), 5);
    ModelRun half = ModelRun.started(spec.create(TinySamples.hidingIds(SHOWN, 0.5)), 5);
    ModelRun none = ModelRun.started(spec.create(TinySamples.hidingIds(SHOWN, 0)), 5);
    SampleBatch rows = batch(SHOWN, id -> id);
    assertThat(half.scores(rows)).containsExactly(plain.scores(rows));
    assertThat(none.forward(rows)).containsExactly(plain.forward(rows));
    assertThat(none.summed(rows, FACTORS)).containsExactly(plain.summed(rows, FACTORS));
    assertThat(half.forward(rows)).isNotEqualTo(plain.forward(rows));
  }

  /** The output is the embedding of one field, of which only the unknown row is not zero. */
  @Property(tries = 30)
  void theShareOfHiddenIdsIsAsAskedForAndPaddingStays(
      @ForAll @DoubleRange(min = 0, max = 1) double share, @ForAll long key) {
    int count = 4000;
    SampleLayout layout =
        new SampleLayout(
            List.of(Field.categorical("x", 9).withIdDropout(share), Field.categorical("y", 9)),
            List.of("A"));
    ModelRun run =
        ModelRun.started(
            new SingleTaskSpec(new EmbeddingSpec(1, 0), List.of(1), List.of(), 0).create(layout),
            1);
    run.key = key;
    run.set("embedding/task-A/x", 0, 1, 0, 0, 0, 0, 0, 0, 0);
    run.set("bottom/task-A/linear0/weight", 1, 1);
    run.set("towers/task-A/linear0/weight", 1);
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    for (int row = 0; row < count; row++) {
      builder.addRow(row, 1);
      builder.id(0, row % 8 == 7 ? Field.PADDING_ID : 2 + row % 7);
    }
    float[] hidden = run.forward(SampleBatch.all(builder.build()));
    int seen = 0;
    for (int row = 0; row < count; row++) {
      if (row % 8 == 7) {
        assertThat(hidden[row]).isZero();
      }
      seen += hidden[row] == 1 ? 1 : 0;
    }
    double known = count * 7 / 8.0;
    // Six deviations of a binomial count, and one for its steps.
    double tolerance = (6 * Math.sqrt(known * share * (1 - share)) + 1) / known;
    assertThat(seen / known).isCloseTo(share, within(tolerance));
  }

  @Property(tries = 20)
  void fieldsAndValuesOfAListAreHiddenApart(@ForAll long key) {
    SampleLayout layout =
        new SampleLayout(
            List.of(
                Field.categorical("a", 3).withIdDropout(0.5),
                Field.categorical("b", 3).withIdDropout(0.5)),
            List.of("A"));
    ModelRun run =
        ModelRun.started(
            new SingleTaskSpec(new EmbeddingSpec(1, 0), List.of(2), List.of(), 0).create(layout),
            1);
    run.key = key;
    run.set("embedding/task-A/a", 0, 1, 0);
    run.set("embedding/task-A/b", 0, 1, 0);
    run.set("bottom/task-A/linear0/weight", 1, 0, 0, 2);
    run.set("towers/task-A/linear0/weight", 1, 1);
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    for (int row = 0; row < 400; row++) {
      builder.addRow(row, 1);
      builder.id(0, 2);
      builder.id(1, 2);
    }
    int[] combinations = new int[4];
    for (float sum : run.forward(SampleBatch.all(builder.build()))) {
      combinations[(int) sum]++;
    }
    for (int combination : combinations) {
      assertThat(combination).isBetween(50, 150);
    }
  }

  @Test
  void valuesOfAListAreHiddenApart() {
    SampleLayout layout =
        new SampleLayout(
            List.of(new Field("list", FieldKind.MULTI_VALUED, "t", 3, Pooling.MEAN, 0.5)),
            List.of("A"));
    ModelSpec spec = new SingleTaskSpec(new EmbeddingSpec(1, 0), List.of(1), List.of(), 0);
    ModelRun run = ModelRun.started(spec.create(layout), 1);
    run.set("embedding/task-A/t", 0, 1, 2);
    run.set("bottom/task-A/linear0/weight", 1);
    run.set("towers/task-A/linear0/weight", 1);
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    for (int row = 0; row < 200; row++) {
      builder.addRow(row, 1);
      builder.value(0, 2);
      builder.value(0, 2);
    }
    Set<Float> logits = new HashSet<>();
    for (float logit : run.forward(SampleBatch.all(builder.build()))) {
      logits.add(logit);
    }
    assertThat(logits).as("none, one or both hidden").hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void sharesOutsideTheUnitIntervalAreRefused(double share) {
    assertThatThrownBy(() -> Field.categorical("x", 3).withIdDropout(share))
        .hasMessageContaining("Cannot define field x: id dropout");
  }
}
