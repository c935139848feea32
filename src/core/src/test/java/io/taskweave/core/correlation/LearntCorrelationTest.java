package io.taskweave.core.correlation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.layer.Activation;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.InterestNetSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class LearntCorrelationTest {
  private static final TemporalSpec POSITIONS = TemporalSpec.byPosition(0.3);

  @Test
  void theScriptsGoldenValuesAppear() {
    CorrelationMatrix matrix =
        LearntCorrelation.script(new double[][] {{1, 2}, {3, 4}}, new double[][] {{1, 1}, {2, 2}});
    assertThat(matrix.cells())
        .containsExactly(new double[] {0, .05115442, .38792766, 1}, within(1e-8));
  }

  private static LearntCorrelation of(InterestSpec spec, int columns) {
    Field item = Field.categorical("item", 9);
    Field category = Field.categorical("category", 6);
    SampleLayout samples =
        new SampleLayout(
            List.of(item, category),
            List.of("click"),
            List.of(
                new Sequence(
                    "clicks",
                    List.of(
                        SequenceAttribute.like("item", item),
                        SequenceAttribute.like("category", category)),
                    3,
                    SequenceOrder.TIME,
                    0)));
    MultiTaskModel model =
        new InterestNetSpec(
                new EmbeddingSpec(2, 0.4, spec), List.of(), Activation.RELU, false, "", 0)
            .create(samples);
    ParameterLayout layout = model.parameters();
    float[] weights = layout.initialValues(5);
    int table = layout.offset(layout.indexOf("embedding/shared/category"));
    set(weights, table + 2 * 2, 1, 2);
    set(weights, table + 3 * 2, -1, .5f);
    if (spec.temporal().kind() != TemporalSpec.none().kind()) {
      int time = layout.offset(layout.indexOf("sequence/shared/clicks/temporal"));
      // A row holds the item's part before the category's.
      set(weights, time, 9, 9, .5f, 0);
      set(weights, time + 4, 9, 9, 1, 1);
      set(weights, time + 8, 9, 9, 0, -1);
      set(weights, time + 12, 9, 9, .25f, .5f);
    }
    return LearntCorrelation.of(
        spec,
        samples,
        layout,
        ParameterStorage.flat(layout, weights, 0),
        "shared",
        "clicks",
        "category",
        List.of(2, 3),
        2,
        columns);
  }

  private static void set(float[] weights, int at, float... values) {
    System.arraycopy(values, 0, weights, at, values.length);
  }

  private static double cell(double h0, double h1, double v0, double v1) {
    return Math.exp((h0 * v0 + h1 * v1) / Math.sqrt(2)) * Math.hypot(h0 * v0, h1 * v1);
  }

  @Test
  void theFormulaReadsTheCategorysPartsOfTableAndTime() {
    CorrelationMatrix matrix = of(InterestSpec.tin(POSITIONS), 3).formula();
    double[] expected = {
      cell(2, 3, 1.5, 2),
      cell(1, 1, 1.5, 2),
      cell(1.25, 2.5, 1.5, 2),
      cell(0, 1.5, 1.5, 2),
      cell(-1, -.5, 1.5, 2),
      cell(-.75, 1, 1.5, 2)
    };
    for (int i = 0; i < 6; i++) {
      assertThat(matrix.cells()[i]).isCloseTo(expected[i], within(1e-9 * expected[i]));
    }
  }

  @Test
  void positionsBeyondTheTableRepeatItsLastRow() {
    CorrelationMatrix matrix = of(InterestSpec.tin(POSITIONS), 5).formula();
    assertThat(matrix.value(0, 4)).isEqualTo(matrix.value(0, 2));
  }

  @Test
  void withoutTimeAColumnIsLikeTheOther() {
    CorrelationMatrix din = of(InterestSpec.din(), 3).formula();
    double att = Math.exp((-1 * 1 + .5 * 2) / Math.sqrt(2));
    for (int k = 0; k < 3; k++) {
      assertThat(din.value(1, k)).isCloseTo(att * Math.hypot(1, .5), within(1e-7));
    }
    CorrelationMatrix withProduct = of(InterestSpec.dinWithProduct(), 3).formula();
    assertThat(withProduct.value(1, 2)).isCloseTo(att * Math.hypot(1, 1), within(1e-7));
    assertThat(of(InterestSpec.din(), 3).script().cells()).containsExactly(1, 1, 1, 0, 0, 0);
  }

  @Test
  void aModelThatDoesNotPoolByTheTargetHasNone() {
    for (InterestSpec spec :
        List.of(
            InterestSpec.meanPooling(),
            InterestSpec.none(),
            InterestSpec.selfAttention(POSITIONS),
            InterestSpec.tin(POSITIONS).withHeads(2))) {
      assertThat(LearntCorrelation.isDefined(spec)).isFalse();
      assertThatThrownBy(() -> of(spec, 3)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
