package io.taskweave.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.correlation.CorrelationMatrix;
import io.taskweave.core.correlation.LabelCounts;
import io.taskweave.core.correlation.LearntCorrelation;
import io.taskweave.core.layer.Activation;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.metric.RankSums;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.HistoryColumns;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalSpec;
import io.taskweave.core.update.Adam;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Every history holds exactly one event of the target's category; the label is 1 if it is the most
 * recent one. So only when and what together tell the label.
 */
class PlantedSignalTest {
  private static final int CATEGORIES = 10;
  private static final int FIRST_ID = 2;
  private static final int LENGTH = 8;
  private static final int TRAIN_ROWS = 30_000;
  private static final int TEST_ROWS = 5_000;
  private static final int BATCH = 512;
  private static final SampleLayout SAMPLES = layout();

  private static SampleBlock train;
  private static SampleBlock test;

  private static SampleLayout layout() {
    Field category = Field.categorical("category", FIRST_ID + CATEGORIES);
    Sequence clicks =
        new Sequence(
            "clicks",
            List.of(SequenceAttribute.like("category", category)),
            LENGTH,
            SequenceOrder.POSITION,
            0);
    return new SampleLayout(List.of(category), List.of("click"), List.of(clicks));
  }

  private static SampleBlock block(long seed, int rows) {
    int[] ids = new int[rows * LENGTH];
    SampleBlockBuilder builder = new SampleBlockBuilder(SAMPLES);
    builder.events(0, new HistoryColumns(new int[][] {ids}, null));
    for (int row = 0; row < rows; row++) {
      long key = CounterRandom.mix(seed, row);
      int target = draw(key, 0, CATEGORIES);
      boolean recent = CounterRandom.uniform(key, 1) < 0.5 + 1.0 / 16;
      int position = recent ? 1 : 2 + draw(key, 2, LENGTH - 1);
      for (int e = 0; e < LENGTH; e++) {
        int other = (target + 1 + draw(key, 10 + e, CATEGORIES - 1)) % CATEGORIES;
        ids[row * LENGTH + e] = FIRST_ID + (LENGTH - e == position ? target : other);
      }
      builder.addRow(row, 1);
      builder.id(0, FIRST_ID + target);
      builder.userHistory(0, row * LENGTH, (row + 1) * LENGTH);
      builder.label(0, (byte) (recent ? 1 : 0));
    }
    return builder.build();
  }

  private static int draw(long key, int counter, int bound) {
    return (int) (CounterRandom.uniform(key, counter) * bound);
  }

  @BeforeAll
  static void drawSamples() {
    train = block(1, TRAIN_ROWS);
    test = block(2, TEST_ROWS);
  }

  private static ModelRun trained(TemporalSpec temporal, int steps) {
    EmbeddingSpec embedding = new EmbeddingSpec(16, 0.3, InterestSpec.tin(temporal));
    ModelRun run =
        ModelRun.started(
            new InterestNetSpec(embedding, List.of(32), Activation.RELU, false, "", 0)
                .create(SAMPLES),
            4);
    int size = run.weights.length;
    float[][] moments = new float[Adam.DEFAULT.accumulators().size()][size];
    float[] deltas = new float[size];
    SampleBatch batch = new SampleBatch(train, BATCH);
    for (int step = 1; step <= steps; step++) {
      batch.clear();
      for (int i = 0; i < BATCH; i++) {
        batch.add(draw(CounterRandom.mix(99, step), i, TRAIN_ROWS));
      }
      float[] gradient = run.summed(batch, new float[] {1f / BATCH});
      Adam.DEFAULT.deltas(gradient, moments, size, 3e-3, step, deltas);
      Vectors.add(run.weights, deltas, size);
    }
    return run;
  }

  private static double auc(ModelRun run) {
    float[] scores = run.scores(SampleBatch.all(test));
    List<Integer> ascending = new ArrayList<>(IntStream.range(0, scores.length).boxed().toList());
    ascending.sort(Comparator.comparingDouble(row -> scores[row]));
    RankSums sums = new RankSums(0);
    for (int row : ascending) {
      sums.add(scores[row], test.labels(0)[row] == 1, 1, new byte[] {1});
    }
    return sums.close().auc(0);
  }

  private static CorrelationMatrix groundTruth(int target) {
    double[][] positives = new double[CATEGORIES][LENGTH];
    double[][] negatives = new double[CATEGORIES][LENGTH];
    double[] rows = new double[2];
    for (int row = 0; row < TRAIN_ROWS; row++) {
      if (train.ids(0)[row] != target) {
        continue;
      }
      boolean positive = train.labels(0)[row] == 1;
      rows[positive ? 1 : 0]++;
      int end = train.historyEnds(0)[row];
      for (int k = 1; k <= LENGTH; k++) {
        int category = train.history(0).ids(0)[end - k] - FIRST_ID;
        (positive ? positives : negatives)[category][k - 1]++;
      }
    }
    double[][] values = new double[CATEGORIES][LENGTH];
    for (int i = 0; i < CATEGORIES; i++) {
      for (int k = 0; k < LENGTH; k++) {
        values[i][k] =
            new LabelCounts(positives[i][k], negatives[i][k], rows[1], rows[0])
                .correctedMutualInformation();
      }
    }
    return new CorrelationMatrix(values);
  }

  @Test
  void tinFindsWhatAndWhenAndItsLearntCorrelationPeaksThere() {
    ModelRun run = trained(TemporalSpec.byPosition(0.3), 1500);
    assertThat(auc(run)).isGreaterThan(0.99);
    for (int target = FIRST_ID; target < FIRST_ID + CATEGORIES; target++) {
      CorrelationMatrix.Cell planted = new CorrelationMatrix.Cell(target - FIRST_ID, 0);
      CorrelationMatrix learnt =
          LearntCorrelation.of(
                  InterestSpec.tin(TemporalSpec.byPosition(0.3)),
                  SAMPLES,
                  run.layout,
                  ParameterStorage.flat(run.layout, run.weights, 0),
                  "shared",
                  "clicks",
                  "category",
                  IntStream.range(FIRST_ID, FIRST_ID + CATEGORIES).boxed().toList(),
                  target,
                  LENGTH)
              .formula();
      assertThat(groundTruth(target).peak()).isEqualTo(planted);
      assertThat(learnt.peak()).as("target %d", target).isEqualTo(planted);
      assertThat(learnt.pearson(groundTruth(target))).isGreaterThan(0.7);
    }
  }

  @Test
  void withoutTemporalEncodingNothingIsFound() {
    assertThat(auc(trained(TemporalSpec.none(), 600))).isBetween(0.46, 0.54);
  }
}
