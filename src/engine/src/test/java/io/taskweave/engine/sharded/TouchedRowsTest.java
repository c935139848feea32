package io.taskweave.engine.sharded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.engine.training.TinyTraining;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TouchedRowsTest {
  private static final RowLayout ITEM =
      RowLayout.of(TinyTraining.MODEL.create(TinyTraining.LAYOUT).parameters(), 1, 1, 2).get(1);
  private static final int WIDTH = ITEM.width(0);

  private final RowStore store = new RowStore(ITEM, 7, 10);
  private final TouchedRows rows = new TouchedRows(store);

  private void touch(int... ids) {
    for (int id : ids) {
      rows.add(store.findOrCreate(id, 1));
    }
  }

  private static float[] gradient(float value) {
    float[] gradient = new float[WIDTH];
    Arrays.fill(gradient, value);
    return gradient;
  }

  private float[] sumsOfRow(int position) {
    return Arrays.copyOfRange(rows.gradients(0), position * WIDTH, (position + 1) * WIDTH);
  }

  @Test
  void aRowThatSeveralReadersReadIsTouchedOnceAndHasTheSumOfTheirGradients() {
    touch(4, 5, 4);
    assertThat(rows.count()).isEqualTo(2);
    GradientSum sum = rows.sum(0, 0);
    sum.add(0, gradient(1), 0);
    sum.add(1, gradient(2), 0);
    sum.add(0, gradient(4), 0);
    assertThat(sumsOfRow(0)).containsOnly(5);
    assertThat(sumsOfRow(1)).containsOnly(2);
  }

  @Test
  void theSumsOfAStepKnowNothingOfTheLargerStepBefore() {
    touch(4, 5);
    GradientSum before = rows.sum(0, 0);
    before.add(0, gradient(1), 0);
    before.add(1, gradient(2), 0);
    rows.clear();
    touch(5);
    rows.sum(0, 0).add(0, gradient(8), 0);
    assertThat(rows.count()).isEqualTo(1);
    assertThat(sumsOfRow(0)).containsOnly(8);
  }

  @Test
  void rowsThatTakePartInAllStepsHaveSumsOfZeroWhereNobodyReadsThem() {
    touch(4, 5, 6);
    GradientSum before = rows.sum(0, 0);
    for (int position = 0; position < 3; position++) {
      before.add(position, gradient(9), 0);
    }
    rows.clear();
    rows.addAll();
    rows.sum(0, 0).add(1, gradient(3), 0);
    assertThat(sumsOfRow(0)).containsOnly(0);
    assertThat(sumsOfRow(1)).containsOnly(3);
    assertThat(sumsOfRow(2)).containsOnly(0);
  }

  @Test
  void readersInAnotherOrderThanTheyWereServedAreRefused() {
    touch(4, 5);
    GradientSum sum = rows.sum(0, 0);
    assertThatThrownBy(() -> sum.add(1, gradient(1), 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot sum gradients: row 1 comes before row 0");
  }

  @Test
  void rowsWithoutAGradientAreForgotten() {
    touch(4, 5, 6);
    GradientSum sum = rows.sum(0, 0);
    sum.add(0, gradient(0), 0);
    sum.add(1, gradient(2), 0);
    sum.add(2, gradient(-0f), 0);
    rows.keepMoved();
    assertThat(rows.count()).isEqualTo(1);
    assertThat(store.id(rows.slot(0))).isEqualTo(5);
    assertThat(sumsOfRow(0)).containsOnly(2);
  }
}
