package io.taskweave.core.sequence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SequenceOrder;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemporalInterestTest {
  private static final String ITEM = "embedding/shared/item";
  private static final String TEMPORAL = "sequence/shared/clicks/temporal";
  private static final InterestSpec TIN = InterestSpec.tin(TemporalSpec.byPosition(0.5));

  private static InterestRun run(InterestSpec spec, int maxLength) {
    return new InterestRun(spec, 4, 40, maxLength, SequenceOrder.POSITION);
  }

  private static int[] history(int length) {
    return IntStream.range(0, length)
        .map(event -> 2 + (int) (CounterRandom.uniform(length, event) * 38))
        .toArray();
  }

  @Test
  void theGoldenValuesAppear() {
    InterestRun run = new InterestRun(TIN, 2, 6, 3, SequenceOrder.POSITION);
    run.set(ITEM, 2, 1, 0);
    run.set(ITEM, 3, 0, 1);
    run.set(ITEM, 4, 1, 1);
    run.set(ITEM, 5, .5f, -1);
    run.set(TEMPORAL, 0, .1f, -.1f);
    run.set(TEMPORAL, 1, .2f, .1f);
    run.set(TEMPORAL, 2, -.1f, .3f);
    run.set(TEMPORAL, 3, .05f, .05f);
    SampleBatch batch = run.batch(new int[] {5}, new int[][] {{2, 3, 4}});
    assertThat(run.forward(batch)[0])
        .containsExactly(new float[] {.5608137f, -.5618246f}, within(1e-6f));
    run.backward(batch);
    float[][] events = {{.4957861f, -.9089413f}, {-.0043251f, .0079295f}, {.1085390f, -.1989881f}};
    for (int event = 0; event < 3; event++) {
      assertThat(run.gradient(ITEM, 2 + event)).containsExactly(events[event], within(1e-6f));
      // The newest event, last in the history, has position 1.
      assertThat(run.gradient(TEMPORAL, 3 - event)).containsExactly(events[event], within(1e-6f));
    }
    float[] target = {1.0854247f, .2309324f};
    assertThat(run.gradient(ITEM, 5)).containsExactly(target, within(1e-6f));
    assertThat(run.gradient(TEMPORAL, 0)).containsExactly(target, within(1e-6f));
  }

  /** The published sum over events, in double precision. */
  private static double[] sumOfProducts(InterestRun run, int target, int[] history, int positions) {
    int size = run.size;
    double[] v = new double[size];
    for (int c = 0; c < size; c++) {
      v[c] = run.weight(ITEM, target)[c] + run.weight(TEMPORAL, 0)[c];
    }
    double[][] h = new double[history.length][size];
    double[] weight = new double[history.length];
    double total = 0;
    for (int e = 0; e < history.length; e++) {
      int position = Math.min(history.length - e, positions);
      double score = 0;
      for (int c = 0; c < size; c++) {
        h[e][c] = run.weight(ITEM, history[e])[c] + run.weight(TEMPORAL, position)[c];
        score += h[e][c] * v[c];
      }
      weight[e] = Math.exp(score / Math.sqrt(size));
      total += weight[e];
    }
    double[] u = new double[size];
    for (int e = 0; e < history.length; e++) {
      for (int c = 0; c < size; c++) {
        u[c] += weight[e] / total * (h[e][c] * v[c]);
      }
    }
    return u;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 430, 1000})
  void theOutputIsTheWeightedSumOfEventsTimesTarget(int length) {
    TemporalSpec temporal = new TemporalSpec(TemporalKind.POSITION, 430, List.of(), 0.5);
    InterestRun run = run(InterestSpec.tin(temporal), 1000);
    int[][] histories = {history(3), history(length), history(length + 1)};
    float[][] outputs = run.forward(run.batch(new int[] {2, 7, 9}, histories));
    for (int i = 0; i < 3; i++) {
      int[] seen =
          IntStream.of(histories[i]).skip(Math.max(0, histories[i].length - 1000)).toArray();
      double[] expected = sumOfProducts(run, new int[] {2, 7, 9}[i], seen, 430);
      for (int c = 0; c < run.size; c++) {
        assertThat((double) outputs[i][c]).isCloseTo(expected[c], within(2e-6));
      }
    }
  }

  @Test
  void oneEventGivesItsProductWithTheTarget() {
    InterestRun run = run(TIN, 5);
    float[] u = run.forward(run.batch(new int[] {8}, new int[][] {{3}}))[0];
    for (int c = 0; c < 4; c++) {
      float event = run.weight(ITEM, 3)[c] + run.weight(TEMPORAL, 1)[c];
      float target = run.weight(ITEM, 8)[c] + run.weight(TEMPORAL, 0)[c];
      assertThat(u[c]).isCloseTo(event * target, within(1e-6f));
    }
  }

  @Test
  void anEmptyHistoryIsTheZeroVectorAndHasNoGradient() {
    for (AttentionKind kind : AttentionKind.values()) {
      InterestSpec spec = TIN.withAttention(kind);
      InterestRun run = run(spec, 5);
      SampleBatch batch = run.batch(new int[] {8, 9}, new int[][] {{}, {}});
      assertThat(run.forward(batch)[1]).as(kind.name()).containsExactly(new float[4], within(0f));
      run.backward(batch);
      float[] none = new float[run.gradient.length];
      assertThat(run.gradient).as(kind.name()).containsExactly(none, within(0f));
    }
  }

  @Test
  void eventsThatASampleDoesNotSeeLeaveOutputsAndGradientsAsTheyAre() {
    for (AttentionKind kind : AttentionKind.values()) {
      InterestRun run = run(TIN.withAttention(kind), 3);
      SampleBatch alone = run.batch(new int[] {8}, new int[][] {{4, 5, 6}});
      run.backward(alone);
      float[] output = run.forward(alone)[0];
      float[] gradient = run.gradient.clone();
      SampleBatch among = run.batch(new int[] {8, 9}, new int[][] {{11, 12, 4, 5, 6}, {13, 14}});
      SampleBatch first = new SampleBatch(among.block(), 4);
      first.add(0);
      run.backward(first);
      assertThat(run.forward(first)[0]).as(kind.name()).containsExactly(output);
      assertThat(run.gradient).as(kind.name()).containsExactly(gradient);
    }
  }

  @Test
  void weightsSumToOne() {
    InterestSpec pooled =
        InterestSpec.tin(TemporalSpec.none()).withColumns(List.of(InterestColumn.POOLED));
    for (AttentionKind kind : AttentionKind.values()) {
      InterestRun run = run(pooled.withAttention(kind), 50);
      for (int row = 2; row < 40; row++) {
        float[] value = run.weight(ITEM, row);
        value[2] = 1;
        run.set(ITEM, row, value);
      }
      float[][] outputs =
          run.forward(run.batch(new int[] {8, 9}, new int[][] {history(7), history(50)}));
      assertThat(outputs[0][2]).as(kind.name()).isCloseTo(1f, within(1e-5f));
      assertThat(outputs[1][2]).as(kind.name()).isCloseTo(1f, within(1e-5f));
    }
  }

  @Test
  void orderMattersOnlyThroughTheTemporalTable() {
    InterestRun run = run(TIN, 5);
    SampleBatch forth = run.batch(new int[] {8}, new int[][] {{3, 4, 5}});
    SampleBatch back = run.batch(new int[] {8}, new int[][] {{5, 3, 4}});
    float difference = Math.abs(run.forward(forth)[0][0] - run.forward(back)[0][0]);
    assertThat(difference).isGreaterThan(1e-3f);
    run.zero(TEMPORAL);
    assertThat(run.forward(forth)[0]).containsExactly(run.forward(back)[0], within(1e-6f));
  }

  @Test
  void withoutTimeAndProductItIsPlainAttention() {
    InterestRun tin = run(TIN.withColumns(List.of(InterestColumn.POOLED)), 5);
    tin.zero(TEMPORAL);
    InterestSpec plain =
        InterestSpec.tin(TemporalSpec.none()).withColumns(List.of(InterestColumn.POOLED));
    InterestRun din = run(plain, 5);
    int[][] histories = {{3, 4, 5}, {9, 9}};
    float[][] expected = din.forward(din.batch(new int[] {8, 9}, histories));
    float[][] outputs = tin.forward(tin.batch(new int[] {8, 9}, histories));
    for (int i = 0; i < 2; i++) {
      assertThat(outputs[i]).containsExactly(expected[i]);
    }
  }

  @Test
  void aPositionsGradientIsTheSumOverTheBatchOfItsEvents() {
    InterestRun run = run(TIN, 4);
    // No item twice, so that an item's gradient is its event's.
    int[][] histories = {{2, 3, 4, 5}, {6, 7}, {}, {8, 9, 10}};
    run.backward(run.batch(new int[] {30, 31, 32, 33}, histories));
    for (int position = 1; position <= 4; position++) {
      float[] sum = new float[4];
      for (int[] history : histories) {
        for (int c = 0; c < 4 && position <= history.length; c++) {
          sum[c] += run.gradient(ITEM, history[history.length - position])[c];
        }
      }
      assertThat(run.gradient(TEMPORAL, position)).containsExactly(sum, within(1e-6f));
      assertThat(sum[0]).isNotZero();
    }
  }

  @Test
  void anIntervalsBucketCountsTheEdgesThatAreNotAboveIt() {
    TemporalSpec temporal = new TemporalSpec(TemporalKind.INTERVAL, 1, List.of(10L, 100L), 0.5);
    InterestRun run = new InterestRun(InterestSpec.tin(temporal), 4, 40, 9, SequenceOrder.TIME);
    // Samples are at 1000: intervals 900, 100, 99, 10, 9, 1.
    long[][] times = {{100, 900}, {901, 990}, {991, 999}};
    SampleBatch batch = run.batch(new int[] {8, 8, 8}, new int[][] {{2, 3}, {4, 5}, {6, 7}}, times);
    run.backward(batch);
    int[][] items = {{6, 7}, {4, 5}, {2, 3}};
    for (int bucket = 1; bucket <= 3; bucket++) {
      float[] sum = new float[4];
      for (int item : items[bucket - 1]) {
        for (int c = 0; c < 4; c++) {
          sum[c] += run.gradient(ITEM, item)[c];
        }
      }
      assertThat(run.gradient(TEMPORAL, bucket)).containsExactly(sum, within(1e-6f));
      assertThat(sum[0]).isNotZero();
    }
  }

  @Test
  void intervalsNeedTimes() {
    InterestSpec spec = InterestSpec.tin(TemporalSpec.byInterval(0.5));
    assertThatThrownBy(() -> run(spec, 5))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("clicks have no time (order = position), encode positions");
  }

  @Test
  void edgesMustAscend() {
    assertThatThrownBy(() -> new TemporalSpec(TemporalKind.INTERVAL, 1, List.of(10L, 10L), 0))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("[10, 10]");
  }

  @Test
  void headsMustDivideTheWidth() {
    assertThatThrownBy(() -> run(TIN.withHeads(3), 5))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("3 heads do not divide its width (4)");
  }

  @Test
  void anIdOutsideItsTableIsRefused() {
    InterestRun run = run(TIN, 5);
    SampleBatch batch = run.batch(new int[] {8}, new int[][] {{3, 40}});
    assertThatThrownBy(() -> run.forward(batch))
        .isInstanceOf(InputRejectedException.class)
        .hasMessageContaining("history clicks.item: id outside table item of 40 rows (40)");
  }
}
