package io.taskweave.engine.sharded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.RetryException;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.engine.training.TinyTraining;
import io.taskweave.engine.training.TrainingPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three executors, whose slices differ in length. */
class DensePackingTest {
  private static final int EXECUTORS = 3;

  private final DenseLayout layout = layout(plan());
  private final List<DensePart> parts = new ArrayList<>();
  private final List<DensePacking> packings = new ArrayList<>();

  private static ShardedPlan plan() {
    TrainingPlan perTask =
        TinyTraining.builder().optimizer(OptimizerSpec.perTask(Adam.DEFAULT)).build();
    return new ShardedPlan(perTask, RowUpdates.LAZY, RowLifetime.UNBOUNDED, EXECUTORS, 1);
  }

  private static DenseLayout layout(ShardedPlan plan) {
    return new DenseLayout(plan.parameters(), plan.tables(), plan.gradientsApart());
  }

  @BeforeEach
  void fill() {
    for (int executor = 0; executor < EXECUTORS; executor++) {
      DensePart part = new DensePart(layout, plan(), executor);
      for (int i = 0; i < part.gradient().length; i++) {
        part.gradient()[i] = executor * 1000 + i;
      }
      parts.add(part);
      packings.add(new DensePacking(layout, EXECUTORS));
    }
  }

  /** What an executor's slice adds up to over the given ones. */
  private float[] sum(int of, long step, int... executors) {
    float[] sum = {};
    for (int executor : executors) {
      float[] packed = packings.get(executor).gradients(parts.get(executor), step);
      int slice = packed.length / EXECUTORS;
      sum = sum.length == 0 ? new float[slice] : sum;
      for (int i = 0; i < slice; i++) {
        sum[i] += packed[of * slice + i];
      }
    }
    return sum;
  }

  @Test
  void everyExecutorGetsTheSumOfItsSlice() {
    for (int executor = 0; executor < EXECUTORS; executor++) {
      DensePart part = parts.get(executor);
      float[] sum = sum(executor, 70_000, 0, 1, 2);
      packings.get(executor).takeGradient(sum, 0, part, 70_000);
    }
    for (DensePart part : parts) {
      DenseSlice own = part.own();
      for (int place = part.place(own.sharedFrom()); place < part.place(own.sharedTo()); place++) {
        assertThat(part.gradient()[place]).isEqualTo(3000 + 3 * place);
      }
      for (int place = part.place(own.singleFrom()); place < part.place(own.singleTo()); place++) {
        assertThat(part.gradient()[place]).isEqualTo(3000 + 3 * place);
      }
    }
    assertThat((layout.size() - layout.shared()) % EXECUTORS).isNotZero();
  }

  @Test
  void aSumThatLacksAnExecutorIsFound() {
    float[] sum = sum(1, 5, 0, 2);
    assertThatThrownBy(() -> packings.get(1).takeGradient(sum, 0, parts.get(1), 5))
        .isInstanceOf(RetryException.class)
        .hasMessageContaining("dense gradients of an executor were lost (at step 5)");
  }

  @Test
  void whatWasLeftFromAnotherStepIsFound() {
    float[] sum = sum(1, 4, 0, 1, 2);
    assertThatThrownBy(() -> packings.get(1).takeGradient(sum, 0, parts.get(1), 5))
        .isInstanceOf(RetryException.class);
    packings.get(0).allWeights(parts.get(0), 4);
    assertThatThrownBy(() -> packings.get(0).takeWeights(parts.get(0), 5))
        .isInstanceOf(RetryException.class)
        .hasMessageContaining("dense weights");
  }

  @Test
  void weightsComeBackAsTheyWere() {
    float[] before = parts.get(0).weights().clone();
    packings.get(0).allWeights(parts.get(0), 3);
    Arrays.fill(parts.get(0).weights(), 0f);
    packings.get(0).takeWeights(parts.get(0), 3);
    assertThat(parts.get(0).weights()).isEqualTo(before);
  }
}
