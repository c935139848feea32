package io.taskweave.engine.sharded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.random.CounterRandom;
import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Test;

class ProductSumTest {
  private static final int COUNT = 20_000;

  /** Magnitudes from 1e-12 to 1e6, as gradients of tables and biases lie together. */
  private static float[] values() {
    float[] values = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      double exponent = 18 * CounterRandom.uniform(1, i) - 12;
      values[i] = (float) ((CounterRandom.uniform(2, i) - 0.5) * Math.pow(10, exponent));
    }
    return values;
  }

  private static ProductSum of(float[] values, int from, int to) {
    ProductSum sum = new ProductSum();
    sum.add(values, from, to - from);
    return sum;
  }

  @Test
  void everyCutGivesTheBitsOfTheExactSum() {
    float[] values = values();
    BigDecimal exact = BigDecimal.ZERO;
    for (float value : values) {
      exact = exact.add(new BigDecimal(value).pow(2));
    }
    double whole = exact.round(MathContext.UNLIMITED).doubleValue();
    assertThat(of(values, 0, COUNT).value()).isEqualTo(whole);
    for (int cut = 0; cut <= COUNT; cut += 97) {
      ProductSum left = of(values, 0, cut);
      left.add(of(values, cut, COUNT));
      assertThat(left.value()).isEqualTo(whole);
    }
  }

  @Test
  void aPlainSumDependsOnTheCut() {
    float[] values = values();
    double whole = 0;
    double right = 0;
    for (int i = 0; i < COUNT; i++) {
      whole += (double) values[i] * values[i];
      right += i < COUNT / 2 ? 0 : (double) values[i] * values[i];
    }
    double left = 0;
    for (int i = 0; i < COUNT / 2; i++) {
      left += (double) values[i] * values[i];
    }
    assertThat(left + right).isNotEqualTo(whole).isCloseTo(whole, within(1e-9 * whole));
  }
}
