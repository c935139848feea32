package io.taskweave.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BurstTest {
  private static final DominancePlan PLAN = new DominancePlan(true, 0.99, 50, 1000);

  @Test
  void comesAtTheEndOfAnEpochAndWarmsUpInItsFirstHalf() {
    Burst burst = Burst.of(PLAN, 2, 1000);
    assertThat(burst.length()).isEqualTo(50);
    assertThat(burst.next(949, 0)).isEqualTo(BurstPass.NONE);
    assertThat(burst.next(950, 0)).isEqualTo(new BurstPass(0, 0, false));
    assertThat(burst.next(950, 1)).isEqualTo(new BurstPass(0, -1, false));
    assertThat(burst.next(974, 1).counts()).isFalse();
    assertThat(burst.next(975, 1).counts()).isTrue();
    assertThat(burst.next(999, 0)).isEqualTo(new BurstPass(49, 0, true));
  }

  @Test
  void probesEveryTaskButTheLastBeforeTheStep() {
    Burst burst = Burst.of(PLAN, 4, 10_000);
    assertThat(burst.next(9999, 0).probedTask()).isZero();
    assertThat(burst.next(9999, 2).probedTask()).isEqualTo(2);
    assertThat(burst.next(9999, 3).probe()).isFalse();
  }

  @Test
  void takesNoMoreTimeThanIsAllowed() {
    assertThat(Burst.of(PLAN, 2, 100).length()).isEqualTo(10);
    assertThat(Burst.of(PLAN, 4, 100).length()).isEqualTo(3);
    assertThat(Burst.of(PLAN, 2, 6).length()).isZero();
  }

  @Test
  void noBurstMeasuresNothing() {
    assertThat(Burst.NONE.next(0, 0)).isEqualTo(BurstPass.NONE);
    assertThat(Burst.NONE.next(1_000_000, 0)).isEqualTo(BurstPass.NONE);
  }
}
