package io.taskweave.core.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.random.CounterRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AdaTaskTest {
  /** Epsilon so small that it is none, beside any gradient here. */
  private static final double NO_EPSILON = 1e-30;

  private static final List<UpdateRule> RULES =
      List.of(Adam.DEFAULT, AdaGrad.DEFAULT, RmsProp.DEFAULT);
  private static final float[][] GOLDEN_GRADIENTS = {
    {0.1f, -10, -2, 0.5f}, {0.2f, -8, -1, 0}, {-0.1f, -6, 0, -0.5f}
  };

  static Stream<UpdateRule> rules() {
    return RULES.stream();
  }

  static Stream<Arguments> golden() {
    RmsProp fast = new RmsProp(0.9, 1e-8);
    return Stream.of(
        Arguments.of(
            Adam.DEFAULT,
            new double[][] {
              {1.0999999999, -1.9000000007},
              {1.1986892063, -1.8029647886},
              {1.2951939488, -1.7136027269}
            },
            new double[][] {
              {1.0000000099, -1.9999999985},
              {1.0022943937, -1.9737878587},
              {1.0565631145, -1.8931433318}
            }),
        Arguments.of(
            AdaGrad.DEFAULT,
            new double[][] {
              {1.1, -1.9}, {1.1618872227, -1.8445299804}, {1.2054519837, -1.8178038562}
            },
            new double[][] {
              {1.0000000001, -2.0000000000},
              {0.9730267858, -1.9552786404},
              {1.0562780217, -1.8845679623}
            }),
        Arguments.of(
            fast,
            new double[][] {
              {1.3162277650, -1.6837722406},
              {1.5182643729, -1.5019540621},
              {1.6656253810, -1.4102456731}
            },
            new double[][] {
              {1.0000000990, -1.9999999850},
              {0.9181447302, -1.8525580310},
              {1.1976932787, -1.6175077947}
            }));
  }

  @ParameterizedTest
  @MethodSource("golden")
  void a8TrajectoriesAreTheGoldenOnes(UpdateRule rule, double[][] plain, double[][] perTask) {
    RuleRun summed = new RuleRun(rule, 2, 1, -2);
    RuleRun split = new RuleRun(rule, 2, 1, -2);
    Reference[] states = Reference.perTask(rule, 2, 2);
    double[] exact = {1, -2};
    for (int step = 0; step < 3; step++) {
      summed.summed(0.1, GOLDEN_GRADIENTS[step]);
      split.perTask(0.1, GOLDEN_GRADIENTS[step]);
      for (int i = 0; i < 2; i++) {
        for (int task = 0; task < 2; task++) {
          // Two digits more than float32 can show: so the reference is sure.
          double g = Math.round(GOLDEN_GRADIENTS[step][2 * i + task] * 10) / 10.0;
          exact[i] += states[task].delta(i, g, 0.1, step + 1);
        }
        assertThat(exact[i]).isCloseTo(perTask[step][i], within(1e-9));
        assertThat((double) summed.weights[i]).isCloseTo(plain[step][i], within(1e-6));
        assertThat((double) split.weights[i]).isCloseTo(perTask[step][i], within(1e-6));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void a1WithOneTaskItIsThePlainRuleToTheBit(UpdateRule rule) {
    RuleRun plain = new RuleRun(rule, 1, noise(1, 5000));
    RuleRun perTask = new RuleRun(rule, 1, noise(1, 5000));
    RuleRun combined = new RuleRun(rule, 1, noise(1, 5000));
    for (int step = 1; step <= 5; step++) {
      plain.plain(0.01, noise(step + 10, 5000));
      perTask.perTask(0.01, noise(step + 10, 5000));
      combined.summed(0.01, noise(step + 10, 5000));
    }
    assertThat(perTask.weights).containsExactly(plain.weights);
    assertThat(combined.weights).containsExactly(plain.weights);
    assertThat(perTask.accumulators).isDeepEqualTo(plain.accumulators);
  }

  /** Component t trained on task t's loss alone, at the sum of all components. */
  @Property(tries = 60)
  void a2AdaTaskIsThePlainRuleOnTheTermsOfASum(
      @ForAll @IntRange(min = 0, max = 2) int ruleIndex,
      @ForAll @IntRange(min = 1, max = 5) int tasks,
      @ForAll @LongRange(min = 0, max = 1000) long seed) {
    UpdateRule rule = RULES.get(ruleIndex);
    int n = 7;
    float[] start = noise(5000 + seed, n);
    RuleRun adaTask = new RuleRun(rule, tasks, start);
    RuleRun[] terms = new RuleRun[tasks];
    for (int task = 0; task < tasks; task++) {
      terms[task] = new RuleRun(rule, 1, task == 0 ? start : new float[n]);
    }
    for (int step = 1; step <= 30; step++) {
      float[] sum = sum(terms);
      float[] gradients = new float[n * tasks];
      float[][] ofTask = new float[tasks][n];
      for (int i = 0; i < n; i++) {
        for (int task = 0; task < tasks; task++) {
          gradients[i * tasks + task] = gradient(adaTask.weights[i], i, task, seed);
          ofTask[task][i] = gradient(sum[i], i, task, seed);
        }
      }
      adaTask.perTask(0.01, gradients);
      for (int task = 0; task < tasks; task++) {
        terms[task].plain(0.01, ofTask[task]);
      }
    }
    float[] sum = sum(terms);
    for (int i = 0; i < n; i++) {
      assertThat(adaTask.weights[i]).isCloseTo(sum[i], within(3e-3f));
    }
    assertThat(adaTask.weights).isNotEqualTo(start);
  }

  private static float gradient(float weight, int i, int task, long seed) {
    double target = CounterRandom.gaussian(CounterRandom.mix(seed, task), i);
    return (float) ((weight - target) * Math.pow(5, task));
  }

  private static float[] sum(RuleRun[] terms) {
    float[] sum = new float[terms[0].weights.length];
    for (RuleRun term : terms) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += term.weights[i];
      }
    }
    return sum;
  }

  private static UpdateRule withoutEpsilon(UpdateRule rule) {
    if (rule instanceof Adam adam) {
      return new Adam(adam.beta1(), adam.beta2(), NO_EPSILON);
    }
    return rule instanceof RmsProp rms
        ? new RmsProp(rms.decay(), NO_EPSILON)
        : new AdaGrad(NO_EPSILON);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void a3TheScaleOfALossDoesNotMatter(UpdateRule rule) {
    UpdateRule exact = withoutEpsilon(rule);
    float[] scales = {1, 4096, 1f / 512};
    RuleRun once = new RuleRun(exact, 3, noise(3, 50));
    RuleRun scaled = new RuleRun(exact, 3, noise(3, 50));
    RuleRun summedOnce = new RuleRun(exact, 3, noise(3, 50));
    RuleRun summedScaled = new RuleRun(exact, 3, noise(3, 50));
    for (int step = 1; step <= 100; step++) {
      float[] gradients = noise(100 + step, 150);
      float[] larger = gradients.clone();
      for (int i = 0; i < larger.length; i++) {
        larger[i] *= scales[i % 3];
      }
      once.perTask(0.01, gradients);
      scaled.perTask(0.01, larger);
      summedOnce.summed(0.01, gradients);
      summedScaled.summed(0.01, larger);
    }
    assertThat(largestDifference(once.weights, scaled.weights)).isLessThan(1e-6);
    assertThat(largestDifference(summedOnce.weights, summedScaled.weights)).isGreaterThan(0.01);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void a4EqualTasksTakeThePlainStepOnceEach(UpdateRule rule) {
    for (int tasks : new int[] {1, 2, 3, 5}) {
      RuleRun adaTask = new RuleRun(rule, tasks, 0);
      RuleRun plain = new RuleRun(rule, 1, 0);
      for (int step = 1; step <= 4; step++) {
        float gradient = noise(step, 1)[0];
        float[] gradients = new float[tasks];
        java.util.Arrays.fill(gradients, gradient);
        adaTask.perTask(0.01, gradients);
        plain.plain(0.01, gradient);
      }
      assertThat(adaTask.weights[0]).isCloseTo(tasks * plain.weights[0], within(1e-7f));
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void a5WhatOneTaskReachesMovesAsUnderThePlainRule(UpdateRule rule) {
    RuleRun adaTask = new RuleRun(rule, 5, 1);
    RuleRun plain = new RuleRun(rule, 1, 1);
    for (int step = 1; step <= 20; step++) {
      float gradient = noise(step, 1)[0];
      adaTask.perTask(0.01, 0, 0, gradient, 0, 0);
      plain.plain(0.01, gradient);
    }
    assertThat(adaTask.weights).containsExactly(plain.weights);
  }

  @Test
  void aTaskThatIsMostlySilentTakesLargeStepsAndDecaysBetween() {
    RuleRun run = new RuleRun(Adam.DEFAULT, 2, 0);
    List<Float> parts = new ArrayList<>();
    for (int step = 1; step <= 1001; step++) {
      run.perTask(
          1e-3,
          (first, count, tasks, deltas) -> parts.add(deltas[1]),
          new float[0],
          1,
          step == 501 || step == 1001 ? 1e-3f : 0);
    }
    assertThat(parts.subList(0, 500)).allMatch(part -> part == 0);
    // One gradient in 500 steps: (1 - beta1) / sqrt((1 - beta2) / correction), not 1.
    assertThat(parts.get(500))
        .isCloseTo(-1e-3f * 0.1f / (float) Math.sqrt(1e-3 / 0.3942), within(2e-5f));
    assertThat(parts.get(501)).isBetween(parts.get(500), 0f);
    assertThat(Math.abs(parts.get(700))).isLessThan(1e-9f);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void a6ThePartsOfTheTasksAddUpToTheStep(UpdateRule rule) {
    int n = 3000;
    int tasks = 3;
    RuleRun adaTask = new RuleRun(rule, tasks, new float[n]);
    RuleRun summed = new RuleRun(rule, tasks, new float[n]);
    int[] sampled = {0, 17, 2999};
    PlainTaskSteps plainSteps = new PlainTaskSteps(rule, tasks, sampled);
    for (int step = 1; step <= 5; step++) {
      float[] gradients = noise(step, n * tasks);
      float[] before = adaTask.weights.clone();
      float[] heard = new float[n];
      adaTask.perTask(
          0.01,
          (first, count, t, deltas) -> {
            for (int i = 0; i < count * t; i++) {
              heard[first + i / t] += deltas[i];
            }
          },
          new float[0],
          gradients);
      for (int i = 0; i < n; i++) {
        assertThat(adaTask.weights[i] - before[i]).isCloseTo(heard[i], within(1e-7f));
      }
      float[] plainBefore = summed.weights.clone();
      summed.summed(0.01, gradients);
      float[] squares = summed.accumulators[rule.accumulators().size() - 1];
      plainSteps.observe(
          gradients,
          0,
          squares,
          0,
          0.01,
          step,
          (first, count, t, deltas) -> {
            assertThat(count).isEqualTo(sampled.length);
            for (int i = 0; i < count; i++) {
              float sum = deltas[i * t] + deltas[i * t + 1] + deltas[i * t + 2];
              float moved = summed.weights[sampled[i]] - plainBefore[sampled[i]];
              assertThat(moved).isCloseTo(sum, within(1e-7f));
            }
          });
    }
  }

  /** Squared updates with decay 0.9 after the three golden steps. */
  @Test
  void a8TheUpdatesOfEachTaskAreTheGoldenOnes() {
    double[] adaTask = new double[4];
    double[] plain = new double[4];
    RuleRun split = new RuleRun(Adam.DEFAULT, 2, 1, -2);
    RuleRun summed = new RuleRun(Adam.DEFAULT, 2, 1, -2);
    PlainTaskSteps plainSteps = new PlainTaskSteps(Adam.DEFAULT, 2, new int[] {0, 1});
    for (int step = 1; step <= 3; step++) {
      float[] gradients = GOLDEN_GRADIENTS[step - 1];
      split.perTask(0.1, (f, count, t, deltas) -> square(adaTask, deltas), new float[0], gradients);
      summed.summed(0.1, gradients);
      plainSteps.observe(
          gradients,
          0,
          summed.accumulators[1],
          0,
          0.1,
          step,
          (f, count, t, deltas) -> square(plain, deltas));
    }
    double[] goldenPlain = {4.0068057400e-07, 2.6792526816e-03, 3.3846344570e-03, 1.2212745055e-04};
    double[] goldenAdaTask = {.0018248934, .0026156919, .0021112950, .0012214535};
    for (int i = 0; i < 4; i++) {
      assertThat(plain[i]).isCloseTo(goldenPlain[i], within(1e-5 * goldenPlain[i]));
      assertThat(adaTask[i]).isCloseTo(goldenAdaTask[i], within(1e-5 * goldenAdaTask[i]));
    }
  }

  private static void square(double[] update, float[] deltas) {
    for (int i = 0; i < update.length; i++) {
      update[i] = 0.9 * update[i] + 0.1 * deltas[i] * deltas[i];
    }
  }

  /** With noisy gradients, task 1 beside a task whose loss is 1000 times as large. */
  @Test
  void a7ALargeTaskTakesThePlainStepAloneButNotAdaTasks() {
    assertThat(shareOfFirst(1000, false)).isLessThan(0.01 * shareOfFirst(1, false));
    assertThat(shareOfFirst(1000, true)).isCloseTo(shareOfFirst(1, true), within(1e-3));
  }

  private static double shareOfFirst(float scale, boolean perTask) {
    int n = 20;
    RuleRun run = new RuleRun(Adam.DEFAULT, 2, new float[n]);
    PlainTaskSteps plainSteps = new PlainTaskSteps(Adam.DEFAULT, 2, range(n));
    double[] squares = new double[2];
    TaskSteps listener =
        (first, count, tasks, deltas) -> {
          for (int i = 0; i < count * tasks; i++) {
            squares[i % 2] += deltas[i] * deltas[i];
          }
        };
    for (int step = 1; step <= 300; step++) {
      float[] gradients = noise(step, 2 * n);
      for (int i = 0; i < n; i++) {
        gradients[2 * i] += run.weights[i] - 1;
        gradients[2 * i + 1] = scale * (gradients[2 * i + 1] + run.weights[i] + 1);
      }
      if (perTask) {
        run.perTask(1e-2, listener, new float[0], gradients);
      } else {
        run.summed(1e-2, gradients);
        plainSteps.observe(gradients, 0, run.accumulators[1], 0, 1e-2, step, listener);
      }
    }
    return squares[0] / (squares[0] + squares[1]);
  }

  private static int[] range(int n) {
    return java.util.stream.IntStream.range(0, n).toArray();
  }

  /** Two workers' gradients are added before the rule sees them. */
  @Property(tries = 30)
  void a9AnyCutOfTheWeightsGivesTheSameBits(
      @ForAll @IntRange(min = 0, max = 2) int ruleIndex,
      @ForAll @IntRange(min = 1, max = 5) int tasks,
      @ForAll @IntRange(min = 0, max = 3000) int cut) {
    int n = 3000;
    UpdateRule rule = RULES.get(ruleIndex);
    RuleRun whole = new RuleRun(rule, tasks, noise(1, n));
    float[] parts = noise(1, n);
    float[][] state = new float[rule.accumulators().size()][n * tasks];
    SlotUpdate update = new SlotUpdate(rule, tasks);
    for (int step = 1; step <= 2; step++) {
      float[] gradients = noise(step, n * tasks);
      whole.perTask(0.01, gradients);
      float[] none = {};
      update.perTask(parts, 0, gradients, 0, state, 0, cut, 0.01, step, none, null);
      update.perTask(
          parts, cut, gradients, cut * tasks, state, cut * tasks, n - cut, 0.01, step, none, null);
    }
    assertThat(parts).containsExactly(whole.weights);
  }

  @Test
  void stepWeightsScaleTheStepsAndNotTheGradients() {
    RuleRun run = new RuleRun(Adam.DEFAULT, 2, 0);
    run.perTask(0.1, null, new float[] {0.5f, 0}, 3, -7);
    assertThat(run.weights[0]).isCloseTo(-0.05f, within(1e-6f));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void manyStepsStayBesideDoublePrecision(UpdateRule rule) {
    for (int tasks : new int[] {1, 2, 3, 5}) {
      int n = 40;
      RuleRun run = new RuleRun(rule, tasks, new float[n]);
      Reference[] states = Reference.perTask(rule, tasks, n);
      double[] exact = new double[n];
      for (int step = 1; step <= 200; step++) {
        float[] gradients = noise(1000L * tasks + step, n * tasks);
        run.perTask(1e-2, gradients);
        for (int i = 0; i < n * tasks; i++) {
          exact[i / tasks] += states[i % tasks].delta(i / tasks, gradients[i], 1e-2, step);
        }
      }
      for (int i = 0; i < n; i++) {
        assertThat((double) run.weights[i]).isCloseTo(exact[i], within(3e-6));
      }
    }
  }

  private static float[] noise(long key, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) CounterRandom.gaussian(key, i);
    }
    return values;
  }

  private static double largestDifference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }
}
