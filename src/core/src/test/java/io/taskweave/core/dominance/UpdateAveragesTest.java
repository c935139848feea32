package io.taskweave.core.dominance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class UpdateAveragesTest {
  @Test
  void followsTheFormulaFromZero() {
    UpdateAverages averages = new UpdateAverages(1, 1, 0.9);
    averages.add(0, 0, -2);
    assertThat(averages.average(0, 0)).isCloseTo(0.4, within(1e-15));
    averages.add(0, 0, 0);
    assertThat(averages.average(0, 0)).isCloseTo(0.36, within(1e-15));
    averages.add(0, 0, 1);
    assertThat(averages.average(0, 0)).isCloseTo(0.424, within(1e-15));
  }

  @Property(tries = 100)
  void sharesSumToOne(
      @ForAll @Size(5) List<@DoubleRange(min = 0.01, max = 1e6) Double> steps,
      @ForAll @DoubleRange(min = 0, max = 0.99) double decay) {
    UpdateAverages averages = new UpdateAverages(5, 1, decay);
    for (int task = 0; task < 5; task++) {
      averages.add(task, 0, steps.get(task));
      averages.add(task, 0, steps.get((task + 1) % 5));
    }
    double[] shares = new double[5];
    assertThat(averages.shares(0, shares)).isTrue();
    assertThat(Arrays.stream(shares).sum()).isCloseTo(1, within(1e-12));
  }

  @Test
  void equalTasksShareEqually() {
    UpdateAverages averages = new UpdateAverages(3, 1, 0.99);
    for (int step = 0; step < 7; step++) {
      for (int task = 0; task < 3; task++) {
        averages.add(task, 0, Math.sin(step));
      }
    }
    double[] shares = new double[3];
    averages.shares(0, shares);
    assertThat(shares).containsExactly(new double[] {1 / 3.0, 1 / 3.0, 1 / 3.0}, within(1e-15));
  }

  @Test
  void anElementThatNothingMovedHasNoShares() {
    UpdateAverages averages = new UpdateAverages(2, 2, 0.99);
    averages.add(0, 0, 0);
    averages.add(1, 0, 0);
    averages.add(0, 1, 1e-20);
    double[] shares = {-1, -1};
    assertThat(averages.shares(0, shares)).isFalse();
    assertThat(shares).containsExactly(-1, -1);
    assertThat(averages.shares(1, shares)).isTrue();
    assertThat(shares).containsExactly(1, 0);
  }

  @Test
  void refusesADecayThatKeepsAll() {
    assertThatThrownBy(() -> new UpdateAverages(2, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(1.0)");
  }
}
