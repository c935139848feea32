package io.taskweave.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.core.dominance.SampledSteps;
import io.taskweave.core.dominance.UpdateAverages;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.MixtureSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.PlainTaskSteps;
import io.taskweave.core.update.SlotUpdate;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What the demo shows of dominance, on a small log and without Spark: where the loss of clicks is
 * in a larger unit, they take the shared tables under Adam, and likes lose; not so under AdaTask.
 */
class PlantedDominanceTest {
  private static final int IMPRESSIONS = 30_000;
  private static final int TEST_FROM = IMPRESSIONS * 12 / 14;
  private static final int BATCH = 256;
  private static final int EPOCHS = 5;
  private static final double RATE = 2e-3;
  private static final float[] LOSS_WEIGHTS = {20, 1, 1};
  private static final int TASKS = LOSS_WEIGHTS.length;
  private static final int LIKE = 1;
  private static final int FIRST_LABEL = 9;

  /** Of the columns of the log: user, item, author, category. */
  private static final int[] COLUMNS = {1, 2, 3, 4};

  /**
   * How a training came out: AUC of likes, and the share of table elements that clicks dominate.
   */
  private record Outcome(double likes, double dominated) {}

  @Test
  void aLossInALargerUnitCostsLikesUnderAdamAndNotUnderAdaTask() throws IOException {
    SampleBlock[] log = log();
    Outcome adam = train(log, false);
    Outcome adaTask = train(log, true);
    assertThat(adam.dominated()).isGreaterThan(0.5);
    assertThat(adaTask.dominated()).isLessThan(0.1);
    assertThat(adaTask.likes()).isGreaterThan(adam.likes() + 0.02);
  }

  private static Outcome train(SampleBlock[] log, boolean perTask) {
    MultiTaskModel model =
        new MixtureSpec(
                false,
                new EmbeddingSpec(16, 1e-4),
                false,
                2,
                List.of(64, 64),
                List.of(64, 32),
                List.of(64, 32),
                0)
            .create(log[0].layout());
    ParameterLayout layout = model.parameters();
    float[] weights = layout.initialValues(1);
    ParameterStorage storage = ParameterStorage.flat(layout, weights, 0);
    float[][] byTask = new float[TASKS][weights.length];
    List<ParameterStorage> gradients = new ArrayList<>();
    for (float[] gradient : byTask) {
      gradients.add(ParameterStorage.flat(layout, gradient, 0));
    }
    float[] slots = new float[TASKS * weights.length];
    float[][] moments = new float[2][slots.length];
    int[] tables = tables(layout);
    UpdateAverages averages = new UpdateAverages(TASKS, tables.length, 0.99);
    SampledSteps steps = new SampledSteps(tables, averages);
    PlainTaskSteps parts = new PlainTaskSteps(Adam.DEFAULT, TASKS, tables);
    SlotUpdate update = new SlotUpdate(Adam.DEFAULT, TASKS);
    SampleBatch batch = new SampleBatch(log[0], BATCH);
    float[] logits = new float[TASKS * BATCH];
    float[] errors = new float[TASKS * BATCH];
    float[] factors = new float[TASKS];
    for (int task = 0; task < TASKS; task++) {
      factors[task] = LOSS_WEIGHTS[task] / BATCH;
    }
    int stepsPerEpoch = log[0].rows() / BATCH;
    for (int step = 1; step <= EPOCHS * stepsPerEpoch; step++) {
      // Rows lie in the order of time: strides mix them.
      batch.clear();
      for (int row = 0; row < BATCH; row++) {
        batch.add((step - 1) % stepsPerEpoch + row * stepsPerEpoch);
      }
      for (float[] gradient : byTask) {
        java.util.Arrays.fill(gradient, 0);
      }
      model.forward(storage, batch, step, logits);
      LogLoss.gradient(batch, logits, factors, errors);
      model.backward(storage, batch, errors, Gradients.perTask(gradients));
      for (int i = 0; i < slots.length; i++) {
        slots[i] = byTask[i % TASKS][i / TASKS];
      }
      if (perTask) {
        update.perTask(
            weights, 0, slots, 0, moments, 0, weights.length, RATE, step, new float[0], steps);
      } else {
        update.combined(weights, 0, slots, 0, moments, 0, weights.length, RATE, step);
        parts.observe(slots, 0, moments[1], 0, RATE, step, averages);
      }
    }
    return new Outcome(auc(model, storage, log[1], LIKE), dominated(averages));
  }

  private static int[] tables(ParameterLayout layout) {
    return IntStream.range(0, layout.count())
        .filter(index -> layout.get(index).isTable())
        .flatMap(
            index ->
                IntStream.range(
                    layout.offset(index), layout.offset(index) + layout.get(index).size()))
        .toArray();
  }

  private static double dominated(UpdateAverages averages) {
    double[] shares = new double[TASKS];
    int moved = 0;
    int dominated = 0;
    for (int element = 0; element < averages.elements(); element++) {
      if (averages.shares(element, shares)) {
        moved++;
        dominated += shares[0] > 0.9 ? 1 : 0;
      }
    }
    return (double) dominated / moved;
  }

  private static double auc(
      MultiTaskModel model, ParameterStorage weights, SampleBlock block, int task) {
    int rows = block.rows();
    float[] logits = new float[TASKS * rows];
    model.score(weights, SampleBatch.all(block), logits);
    int[] ranked =
        IntStream.range(0, rows)
            .boxed()
            .sorted(Comparator.comparingDouble(row -> logits[task * rows + row]))
            .mapToInt(row -> row)
            .toArray();
    long positives = 0;
    double ranks = 0;
    for (int rank = 0; rank < rows; rank++) {
      if (block.labels(task)[ranked[rank]] == 1) {
        positives++;
        ranks += rank + 1;
      }
    }
    return (ranks - positives * (positives + 1) / 2.0) / (positives * (double) (rows - positives));
  }

  /** The first twelve days to train, the last two to test. */
  private static SampleBlock[] log() throws IOException {
    StringWriter text = new StringWriter();
    new SyntheticLog(IMPRESSIONS, 2023).write(text);
    List<String[]> rows = text.toString().lines().skip(1).map(line -> line.split(",", -1)).toList();
    List<Map<String, Integer>> ids = new ArrayList<>();
    for (int column : COLUMNS) {
      Map<String, Integer> known = new HashMap<>();
      rows.forEach(row -> known.putIfAbsent(row[column], known.size() + 2));
      ids.add(known);
    }
    SampleLayout layout =
        new SampleLayout(
            IntStream.range(0, COLUMNS.length)
                .mapToObj(field -> Field.categorical("f" + field, ids.get(field).size() + 2))
                .toList(),
            List.of("click", "like", "share"));
    SampleBlockBuilder[] parts = {new SampleBlockBuilder(layout), new SampleBlockBuilder(layout)};
    for (int i = 0; i < rows.size(); i++) {
      SampleBlockBuilder part = parts[i < TEST_FROM ? 0 : 1];
      part.addRow(i, 1);
      for (int field = 0; field < COLUMNS.length; field++) {
        part.id(field, ids.get(field).get(rows.get(i)[COLUMNS[field]]));
      }
      for (int task = 0; task < TASKS; task++) {
        part.label(task, Byte.parseByte(rows.get(i)[FIRST_LABEL + task]));
      }
    }
    return new SampleBlock[] {parts[0].build(), parts[1].build()};
  }
}
