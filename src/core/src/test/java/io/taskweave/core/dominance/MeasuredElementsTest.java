package io.taskweave.core.dominance;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.SlotLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeasuredElementsTest {
  private static final BitSet BOTH = BitSet.valueOf(new long[] {3});
  private static final BitSet SECOND = BitSet.valueOf(new long[] {2});
  private static final Initialization ZERO = Initialization.zero();
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(
          List.of(
              Parameter.table("embedding/task-like/user", 10, 4, SECOND, ZERO),
              Parameter.table("embedding/shared/user", 1000, 4, BOTH, ZERO),
              Parameter.dense("experts/shared/linear0/weight", new int[] {2, 5, 3}, BOTH, ZERO),
              Parameter.dense("experts/shared/linear0/bias", new int[] {2, 3}, BOTH, ZERO),
              Parameter.dense("towers/task-like/linear0/weight", new int[] {3, 1}, SECOND, ZERO)));

  private static final SlotLayout SUMMED = SlotLayout.summed(LAYOUT, 1);

  @Test
  void leavesOutWhatOneTaskReaches() {
    MeasuredElements all = MeasuredElements.of(SUMMED, 1, 1_000_000);
    assertThat(all.groups()).containsExactly("embedding/shared/user", "experts/shared/linear0");
    assertThat(all.count()).isEqualTo(4000 + 30 + 6);
    assertThat(all.place(0)).isEqualTo(40);
    assertThat(all.place(all.count() - 1)).isEqualTo(40 + 4000 + 36 - 1);
    assertThat(all.groupOf(3999)).isZero();
    assertThat(all.groupOf(4000)).isEqualTo(1);
    assertThat(all.groupOf(all.count() - 1)).isEqualTo(1);
  }

  @Test
  void samplesWholeRowsOfLargeParameters() {
    MeasuredElements some = MeasuredElements.of(SUMMED, 1, 400);
    List<Integer> rows = new ArrayList<>();
    int element = 0;
    for (; some.groupOf(element) == 0; element += 4) {
      int from = some.place(element);
      assertThat((from - 40) % 4).isZero();
      for (int i = 1; i < 4; i++) {
        assertThat(some.place(element + i)).isEqualTo(from + i);
      }
      rows.add((from - 40) / 4);
    }
    assertThat(rows).hasSizeBetween(60, 140).isSorted().doesNotHaveDuplicates();
    assertThat(some.count() - element).isEqualTo(36);
  }

  @Test
  void theChoiceIsAFunctionOfTheSeed() {
    List<Integer> once = places(MeasuredElements.of(SUMMED, 1, 400));
    assertThat(places(MeasuredElements.of(SUMMED, 1, 400))).isEqualTo(once);
    assertThat(places(MeasuredElements.of(SUMMED, 2, 400))).isNotEqualTo(once);
  }

  @Test
  void whatIsMeasuredDoesNotDependOnTheSlots() {
    MeasuredElements summed = MeasuredElements.of(SUMMED, 1, 400);
    MeasuredElements perTask = MeasuredElements.of(SlotLayout.perTask(LAYOUT, 2, 3), 1, 400);
    assertThat(perTask.groups()).isEqualTo(summed.groups());
    List<Integer> moved = places(summed).stream().map(place -> place - 40).toList();
    assertThat(places(perTask)).isEqualTo(moved);
  }

  @Test
  void findsTheFirstElementOfASlice() {
    MeasuredElements some = MeasuredElements.of(SUMMED, 1, 400);
    assertThat(some.firstFrom(0)).isZero();
    assertThat(some.firstFrom(some.place(7))).isEqualTo(7);
    assertThat(some.firstFrom(some.place(7) + 1)).isEqualTo(8);
    assertThat(some.firstFrom(LAYOUT.size())).isEqualTo(some.count());
  }

  private static List<Integer> places(MeasuredElements elements) {
    List<Integer> places = new ArrayList<>();
    for (int element = 0; element < elements.count(); element++) {
      places.add(elements.place(element));
    }
    return places;
  }
}
