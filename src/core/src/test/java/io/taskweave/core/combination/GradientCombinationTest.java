package io.taskweave.core.combination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.random.CounterRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class GradientCombinationTest {
  private static double[][] products(double[][] gradients) {
    double[][] products = new double[gradients.length][gradients.length];
    for (int i = 0; i < gradients.length; i++) {
      for (int k = 0; k < gradients.length; k++) {
        products[i][k] = dot(gradients[i], gradients[k]);
      }
    }
    return products;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[][] combined(double[][] coefficients, double[][] gradients) {
    double[][] result = new double[gradients.length][gradients[0].length];
    for (int i = 0; i < gradients.length; i++) {
      for (int k = 0; k < gradients.length; k++) {
        for (int e = 0; e < result[i].length; e++) {
          result[i][e] += coefficients[i][k] * gradients[k][e];
        }
      }
    }
    return result;
  }

  @Test
  void pcGradRemovesTheConflictOfTwoTasks() {
    double[][] gradients = {{1, 0}, {-1, 1}};
    double[][] projected = combined(new PcGrad().coefficients(products(gradients), 1), gradients);
    assertThat(projected[0]).containsExactly(new double[] {0.5, 0.5}, within(1e-12));
    assertThat(projected[1]).containsExactly(new double[] {0, 1}, within(1e-12));
  }

  @Test
  void pcGradLeavesTasksThatAgreeAndGradientsThatAreZero() {
    double[][] gradients = {{1, 0}, {1, 1}, {0, 0}};
    assertThat(new PcGrad().coefficients(products(gradients), 1))
        .isDeepEqualTo(GradientCombination.identity(3));
  }

  /** The published procedure, on the vectors themselves, for some order of the other tasks. */
  @Property(tries = 100)
  void pcGradIsTheProcedureForSomeOrder(
      @ForAll @LongRange(min = 0, max = 500) long seed,
      @ForAll @LongRange(min = 0, max = 9) long key) {
    double[][] gradients = new double[3][2];
    for (int i = 0; i < 6; i++) {
      gradients[i / 2][i % 2] = CounterRandom.gaussian(seed, i);
    }
    double[][] projected = combined(new PcGrad().coefficients(products(gradients), key), gradients);
    for (int task = 0; task < 3; task++) {
      int first = (task + 1) % 3;
      int second = (task + 2) % 3;
      double[] one = surgery(gradients, task, first, second);
      double[] other = surgery(gradients, task, second, first);
      double distance = Math.min(distance(projected[task], one), distance(projected[task], other));
      assertThat(distance).isLessThan(1e-9);
    }
  }

  private static double[] surgery(double[][] gradients, int task, int... order) {
    double[] own = gradients[task].clone();
    for (int other : order) {
      double product = dot(own, gradients[other]);
      for (int e = 0; product < 0 && e < own.length; e++) {
        own[e] -= product / dot(gradients[other], gradients[other]) * gradients[other][e];
      }
    }
    return own;
  }

  private static double distance(double[] a, double[] b) {
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  }

  @Test
  void bothOrdersOfTheOtherTasksOccur() {
    double[][] gradients = {{1, 0.2}, {-1, 0.5}, {-0.3, -1}};
    double[][] products = products(gradients);
    assertThat(
            java.util.stream.LongStream.range(0, 20)
                .mapToObj(key -> new PcGrad().coefficients(products, key)[0][1])
                .distinct())
        .hasSize(2);
  }

  @Property(tries = 50)
  void clippingBoundsWhatItIsToldTo(@ForAll @IntRange(min = 0, max = 100) int seed) {
    double[][] gradients = new double[2][3];
    for (int i = 0; i < 6; i++) {
      gradients[i / 3][i % 3] = 3 * CounterRandom.gaussian(seed, i);
    }
    double[] own = {seed % 3, seed % 5};
    double[][] coefficients = new PcGrad().coefficients(products(gradients), 0);
    double[][] after = combined(coefficients, gradients);
    double[] squares = {own[0] * own[0], own[1] * own[1]};
    double[] each =
        new GradientClipping(GradientClipping.Kind.PER_TASK, 1)
            .factors(coefficients, products(gradients), squares);
    for (int task = 0; task < 2; task++) {
      double norm = Math.sqrt(dot(after[task], after[task]) + squares[task]);
      assertThat(each[task] * norm).isCloseTo(Math.min(1, norm), within(1e-5));
    }
    double[] sum = new double[3];
    for (int e = 0; e < 3; e++) {
      sum[e] = after[0][e] + after[1][e];
    }
    double[] all =
        new GradientClipping(GradientClipping.Kind.SUM, 1)
            .factors(coefficients, products(gradients), squares);
    double norm = Math.sqrt(dot(sum, sum) + squares[0] + squares[1]);
    assertThat(all[0]).isEqualTo(all[1]);
    assertThat(all[0] * norm).isCloseTo(Math.min(1, norm), within(1e-5));
    assertThat(GradientClipping.NONE.factors(coefficients, products(gradients), squares))
        .containsExactly(1, 1);
  }

  @Test
  void aNegativeNormIsRefused() {
    assertThatThrownBy(() -> new GradientClipping(GradientClipping.Kind.SUM, -1))
        .hasMessageContaining("(-1.0)");
  }
}
