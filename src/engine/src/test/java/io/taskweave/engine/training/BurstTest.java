package io.taskweave.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BurstTest {
  private static final DominancePlan PLAN = new DominancePlan(true, 0.99, 50, 1000);

  @Test
  void comesAtTheEndOfAnEpochAndWarmsUpInItsFirstHalf() {
    Burst burst = Burst.of(PLAN, 2, 1000);
    assertThat(burst.length()).isEqualTo(50);
    assertThat(burst.place(949)).isEqualTo(-1);
    assertThat(burst.place(950)).isZero();
    assertThat(burst.place(999)).isEqualTo(49);
    assertThat(burst.warmUp(0)).isEqualTo(25);
  }

  @Test
  void warmsUpInHalfOfWhatIsLeftAndAlwaysLeavesAStep() {
    Burst burst = Burst.of(PLAN, 2, 1000);
    assertThat(burst.warmUp(40)).isEqualTo(5);
    assertThat(burst.warmUp(47)).isEqualTo(1);
    assertThat(burst.warmUp(49)).isZero();
  }

  @Test
  void takesNoMoreTimeThanIsAllowed() {
    assertThat(Burst.of(PLAN, 2, 100).length()).isEqualTo(10);
    assertThat(Burst.of(PLAN, 4, 100).length()).isEqualTo(3);
    assertThat(Burst.of(PLAN, 2, 6).length()).isZero();
  }

  @Test
  void noBurstMeasuresNothing() {
    assertThat(Burst.NONE.place(0)).isEqualTo(-1);
    assertThat(Burst.NONE.place(1_000_000)).isEqualTo(-1);
  }
}
