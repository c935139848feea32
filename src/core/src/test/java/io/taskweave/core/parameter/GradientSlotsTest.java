package io.taskweave.core.parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class GradientSlotsTest {
  private static final String EACH_WEIGHT_ONCE = "each weight once";

  @Property(tries = 300)
  void noCutDividesAWeight(
      @ForAll @IntRange(min = 1, max = 5) int tasks,
      @ForAll @IntRange(min = 0, max = 40) int shared,
      @ForAll @IntRange(min = 0, max = 40) int single,
      @ForAll @IntRange(min = 1, max = 7) int parts) {
    GradientSlots slots = new GradientSlots(tasks, shared, single, parts);
    assertThat(slots.size() % (parts * tasks)).isZero();
    assertThat(slots.size()).isLessThan(tasks * shared + single + parts * tasks);
    Set<Integer> gradients = new HashSet<>();
    Set<Integer> weights = new HashSet<>();
    for (int weight = 0; weight < slots.weights(); weight++) {
      int part = slots.weightPlace(weight) / slots.partSize();
      assertThat(weights.add(slots.weightPlace(weight))).as(EACH_WEIGHT_ONCE).isTrue();
      for (int task = 0; task < (weight < shared ? tasks : 1); task++) {
        int place = slots.gradientPlace(weight, task);
        assertThat(gradients.add(place)).as(EACH_WEIGHT_ONCE).isTrue();
        assertThat(place / slots.partSize()).isEqualTo(part);
        assertThat(place).isEqualTo(slots.gradientPlace(weight, 0) + task);
      }
    }
    int seen = 0;
    for (int p = 0; p < parts; p++) {
      GradientSlots.Part part = slots.part(p);
      int start = p * slots.partSize();
      for (int i = 0; i < part.shared(); i++) {
        assertThat(slots.weightPlace(part.firstShared() + i)).isEqualTo(start + i);
        assertThat(slots.gradientPlace(part.firstShared() + i, 0)).isEqualTo(start + i * tasks);
      }
      for (int i = 0; i < part.single(); i++) {
        int place = start + part.singleOffset() + i;
        assertThat(slots.weightPlace(part.firstSingle() + i)).isEqualTo(place);
        assertThat(slots.gradientPlace(part.firstSingle() + i, 0)).isEqualTo(place);
      }
      seen += part.shared() + part.single();
    }
    assertThat(seen).as(EACH_WEIGHT_ONCE).isEqualTo(slots.weights());
  }

  private static BitSet tasks(int... tasks) {
    BitSet set = new BitSet();
    for (int task : tasks) {
      set.set(task);
    }
    return set;
  }

  private static ParameterLayout model() {
    Initialization normal = Initialization.xavierNormal(2, 2);
    return new ParameterLayout(
        List.of(
            Parameter.dense("own/0", new int[] {3}, tasks(0), normal),
            Parameter.table("shared", 5, 3, tasks(0, 1, 2), normal),
            Parameter.dense("own/1", new int[] {2, 2}, tasks(1), normal),
            Parameter.dense("pair", new int[] {7}, tasks(1, 2), normal)));
  }

  @Property(tries = 20)
  void aViewReadsAndAddsWhatTheModelMeans(@ForAll @IntRange(min = 1, max = 7) int parts) {
    ParameterLayout model = model();
    for (SlotLayout layout :
        List.of(SlotLayout.perTask(model, 3, parts), SlotLayout.summed(model, parts))) {
      float[] values = model.initialValues(5);
      float[] vector = layout.vector(values);
      assertThat(vector).hasSize(layout.slots().size());
      assertThat(layout.values(vector)).containsExactly(values);
      SlotView view = new SlotView(layout);
      ParameterStorage read = view.weights(vector, 0);
      float[] gradients = new float[vector.length];
      Gradients written = view.gradients(gradients, 0);
      for (int i = 0; i < model.count(); i++) {
        for (int e = 0; e < model.get(i).size(); e++) {
          assertThat(read.array(i)[read.offset(i) + e]).isEqualTo(values[model.offset(i) + e]);
          for (int task = 0; task < 3; task++) {
            if (model.get(i).reachedBy(task)) {
              ParameterStorage storage = written.of(task);
              storage.array(i)[storage.offset(i) + e] += 100 * (task + 1) + e;
            }
          }
        }
      }
      view.spread(gradients, 0);
      view.spread(gradients, 0);
      for (int i = 0; i < model.count(); i++) {
        for (int e = 0; e < model.get(i).size(); e++) {
          int weight = layout.firstWeight(i) + e;
          float sum = 0;
          for (int task = 0; task < 3; task++) {
            float part = model.get(i).reachedBy(task) ? 100 * (task + 1) + e : 0;
            sum += part;
            if (layout.slotted(i)) {
              assertThat(gradients[layout.slots().gradientPlace(weight, task)]).isEqualTo(part);
            }
          }
          if (!layout.slotted(i)) {
            assertThat(gradients[layout.slots().gradientPlace(weight, 0)]).isEqualTo(sum);
          }
        }
      }
    }
  }

  @Test
  void onlyWhatSeveralTasksReachHasASlotForEach() {
    SlotLayout layout = SlotLayout.perTask(model(), 3, 1);
    assertThat(layout.slots()).isEqualTo(new GradientSlots(3, 22, 7, 1));
    assertThat(layout.firstWeight(1)).isZero();
    assertThat(layout.slotted(0)).isFalse();
    assertThat(SlotLayout.summed(model(), 2).slots()).isEqualTo(new GradientSlots(1, 0, 29, 2));
  }

  @Test
  void withOnePartTheWeightsLieAsTheyAreRead() {
    SlotLayout layout = SlotLayout.perTask(model(), 3, 1);
    float[] vector = layout.vector(layout.parameters().initialValues(1));
    ParameterStorage read = new SlotView(layout).weights(vector, 0);
    for (int i = 0; i < 4; i++) {
      assertThat(read.array(i)).isSameAs(vector);
    }
  }

  @Test
  void aProgramMayReadAndAddOnItsOwn() {
    GradientSlots slots = new GradientSlots(2, 3, 1, 2);
    float[] vector = new float[slots.size()];
    slots.putWeights(new float[] {1, 2, 3, 4}, vector, 0);
    assertThat(vector).containsExactly(1, 2, 0, 0, 3, 0, 4, 0);
    assertThat(slots.weights(vector, 0)).containsExactly(1, 2, 3, 4);
    float[] gradient = new float[slots.size()];
    slots.addGradient(0, 0, new float[] {1, 2, 3, 9}, 0, 3, gradient, 0);
    slots.addGradient(1, 1, new float[] {5, 6}, 0, 2, gradient, 0);
    slots.addGradient(0, 3, new float[] {7}, 0, 1, gradient, 0);
    assertThat(gradient).containsExactly(1, 0, 2, 5, 3, 6, 7, 0);
  }

  @Test
  void impossibleLayoutsAreRefused() {
    assertThatThrownBy(() -> new GradientSlots(0, 1, 1, 1)).hasMessageContaining("0 tasks");
    assertThatThrownBy(() -> new GradientSlots(3, 1 << 30, 0, 1))
        .hasMessageContaining("more places than an array has");
  }
}
