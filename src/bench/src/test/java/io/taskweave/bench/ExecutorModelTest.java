package io.taskweave.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ExecutorModelTest {
  private static final ExecutorModel.Step STEP = new ExecutorModel.Step(1000, 400, 5000, 10_000, 2);

  private static ExecutorModel model(double deviation, double question, double message) {
    return new ExecutorModel(
        new ExecutorModel.Costs(1, deviation, question, 0, message, 1e-3), STEP, 1e6);
  }

  @Test
  void oneExecutorOnlyComputes() {
    ExecutorModel model = model(0, 1e-3, 1e-3);
    assertThat(ExecutorModel.whole(model.parts(1))).isCloseTo(1, within(1e-12));
    assertThat(model.efficiency(1)).isEqualTo(1);
  }

  @Test
  void countsWhatTwoExecutorsSendEachOther() {
    Map<String, Double> parts = model(0, 1e-3, 2e-3).parts(2);
    assertThat(parts.get("fetches")).isCloseTo(5e-3, within(1e-12));
    assertThat(parts.get("network")).isCloseTo((500 * 400 + 4 * 7500) / 1e6, within(1e-12));
    assertThat(parts.get("questions_to_the_driver")).isCloseTo(4e-3, within(1e-12));
    assertThat(parts.get("meetings")).isCloseTo(8e-3, within(1e-12));
  }

  @Test
  void questionsGrowWithTheSquareOfExecutorsAndBreakFirst() {
    ExecutorModel model = model(0, 1e-4, 1e-6);
    double many = model.parts(64).get("questions_to_the_driver");
    assertThat(model.parts(128).get("questions_to_the_driver") / many).isCloseTo(4, within(0.05));
    assertThat(model.longest(128)).isEqualTo("questions_to_the_driver");
    assertThat(model.efficiency(model.breaksAt())).isLessThan(ExecutorModel.BROKEN);
    assertThat(model.efficiency(model.breaksAt() / 2)).isGreaterThanOrEqualTo(ExecutorModel.BROKEN);
  }

  @Test
  void theSlowestOfManyIsSlower() {
    assertThat(model(0, 0, 0).parts(16).get("wait_for_the_slowest")).isZero();
    double few = model(0.05, 0, 0).parts(2).get("wait_for_the_slowest");
    double many = model(0.05, 0, 0).parts(256).get("wait_for_the_slowest");
    // The largest of two and of 256 draws of a normal distribution: 0.56 and 2.8 deviations.
    assertThat(few).isCloseTo(0.56 * 0.05, within(0.006));
    assertThat(many).isCloseTo(2.8 * 0.05, within(0.01));
  }
}
