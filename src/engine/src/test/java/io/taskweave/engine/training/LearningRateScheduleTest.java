package io.taskweave.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
  private static double rateAfter(LearningRateSchedule schedule, boolean... improved) {
    double rate = 1;
    for (int epoch = 1; epoch <= improved.length; epoch++) {
      rate = schedule.next(rate, epoch, improved[epoch - 1]);
    }
    return rate;
  }

  @Test
  void constantStays() {
    assertThat(rateAfter(new LearningRateSchedule.Constant(), true, false, false)).isEqualTo(1);
  }

  @Test
  void stepsComeAfterEveryNthEpochWhateverTheMetric() {
    LearningRateSchedule schedule = new LearningRateSchedule.Step(2, 0.5);
    assertThat(rateAfter(schedule, false)).isEqualTo(1);
    assertThat(rateAfter(schedule, false, true)).isEqualTo(0.5);
    assertThat(rateAfter(schedule, true, true, true)).isEqualTo(0.5);
    assertThat(rateAfter(schedule, true, false, true, false)).isEqualTo(0.25);
  }

  @Test
  void plateauReducesAfterEachEpochWithoutImprovement() {
    LearningRateSchedule schedule = new LearningRateSchedule.Plateau(0.1, 1e-6);
    assertThat(rateAfter(schedule, true, true)).isEqualTo(1);
    assertThat(rateAfter(schedule, true, false)).isEqualTo(0.1);
    assertThat(rateAfter(schedule, true, false, true, false)).isCloseTo(0.01, within(1e-12));
  }

  @Test
  void plateauEndsAtItsMinimumAndNeverRaises() {
    LearningRateSchedule schedule = new LearningRateSchedule.Plateau(0.1, 0.05);
    assertThat(rateAfter(schedule, false, false, false)).isEqualTo(0.05);
    assertThat(schedule.next(0.01, 1, false)).isEqualTo(0.01);
  }
}
