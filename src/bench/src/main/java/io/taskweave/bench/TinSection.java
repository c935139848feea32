package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.HistoryColumns;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Forward and backward of {@link TinShape} against PyTorch with sparse embedding gradients, ids
 * drawn at random. Here gradients are summed into dense tables of each thread, and the rows that a
 * step has touched are zeroed again, which counts; PyTorch leaves one gradient row a looked-up row,
 * not yet summed. No side updates weights.
 */
final class TinSection implements Section {
  private static final int ROWS_A_ROUND = 16_384;
  private static final int WARM_ROUNDS = 3;
  private static final int MICRO_ROWS = 512;

  private static SampleBlock block(int rows) {
    int[][] ids = new int[2][rows * TinShape.EVENTS];
    for (int event = 0; event < ids[0].length; event++) {
      ids[0][event] = draw(event, 0, TinShape.ITEM);
      ids[1][event] = draw(event, 1, TinShape.CATEGORY);
    }
    SampleBlockBuilder builder = new SampleBlockBuilder(TinShape.LAYOUT);
    builder.events(0, new HistoryColumns(ids, null));
    for (int row = 0; row < rows; row++) {
      builder.addRow(row, 1);
      builder.id(0, draw(row, 2, TinShape.ITEM));
      builder.id(1, draw(row, 3, TinShape.CATEGORY));
      builder.userHistory(0, row * TinShape.EVENTS, (row + 1) * TinShape.EVENTS);
      builder.label(0, (byte) (CounterRandom.mix(row, 4) & 1));
    }
    return builder.build();
  }

  private static int draw(int key, int counter, Field field) {
    return 1 + (int) (CounterRandom.uniform(key, counter) * (field.tableRows() - 1));
  }

  /** The micro-batches of one thread, with its own work space and gradients. */
  private static final class Worker implements Callable<Void> {
    private final MultiTaskModel model = TinShape.MODEL.create(TinShape.LAYOUT);
    private final float[] gradient = new float[model.parameters().size()];
    private final float[] logits = new float[MICRO_ROWS];
    private final float[] logitGradients = new float[MICRO_ROWS];
    private final ParameterStorage weights;
    private final Gradients gradients;
    private final int index;
    private final int threads;
    private SampleBlock block;
    private SampleBatch batch;

    Worker(float[] values, int index, int threads) {
      this.index = index;
      this.threads = threads;
      ParameterLayout parameters = model.parameters();
      weights = ParameterStorage.flat(parameters, values, 0);
      gradients = Gradients.summed(ParameterStorage.flat(parameters, gradient, 0));
    }

    void use(SampleBlock samples) {
      block = samples;
      batch = new SampleBatch(block, MICRO_ROWS);
    }

    @Override
    public Void call() {
      float[] factors = {1f / block.rows()};
      for (int from = index * MICRO_ROWS; from < block.rows(); from += threads * MICRO_ROWS) {
        batch.clear();
        for (int row = from; row < Math.min(from + MICRO_ROWS, block.rows()); row++) {
          batch.add(row);
        }
        model.forward(weights, batch, 0, logits);
        LogLoss.gradient(batch, logits, factors, logitGradients);
        model.backward(weights, batch, logitGradients, gradients);
      }
      for (int from = index * MICRO_ROWS; from < block.rows(); from += threads * MICRO_ROWS) {
        clearItems(from, Math.min(from + MICRO_ROWS, block.rows()));
      }
      clearAllButItems();
      return null;
    }

    private void clearItems(int fromRow, int toRow) {
      for (int row = fromRow; row < toRow; row++) {
        clearItem(block.ids(0)[row]);
        for (int event = block.historyStarts(0)[row]; event < block.historyEnds(0)[row]; event++) {
          clearItem(block.history(0).ids(0)[event]);
        }
      }
    }

    private void clearItem(int id) {
      int size = TinShape.MODEL.embedding().size();
      int at = model.parameters().offset(itemTable()) + id * size;
      Arrays.fill(gradient, at, at + size, 0f);
    }

    private int itemTable() {
      return model.parameters().indexOf("embedding/shared/item");
    }

    private void clearAllButItems() {
      ParameterLayout parameters = model.parameters();
      for (int p = 0; p < parameters.count(); p++) {
        Parameter parameter = parameters.get(p);
        if (p != itemTable()) {
          int at = parameters.offset(p);
          Arrays.fill(gradient, at, at + parameter.size(), 0f);
        }
      }
    }
  }

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    float[] weights = TinShape.MODEL.create(TinShape.LAYOUT).parameters().initialValues(1);
    List<Worker> workers = new ArrayList<>();
    for (int t = 0; t < settings.threads(); t++) {
      workers.add(new Worker(weights, t, settings.threads()));
    }
    ExecutorService pool = Executors.newFixedThreadPool(settings.threads());
    try {
      for (int rows : TinShape.BATCHES) {
        measure(settings, rows, workers, pool, result.putObject("batch_" + rows));
      }
    } finally {
      pool.shutdown();
    }
    result.put("events_a_sample", TinShape.EVENTS);
    result.put("items", TinShape.ITEM.tableRows());
    result.put("micro_batch", MICRO_ROWS);
    result.put("threads", settings.threads());
  }

  private static void measure(
      Settings settings, int rows, List<Worker> workers, ExecutorService pool, ObjectNode result)
      throws Exception {
    SampleBlock block = block(rows);
    workers.forEach(worker -> worker.use(block));
    int steps = ROWS_A_ROUND / rows;
    String question = Integer.toString(steps);
    String[] arguments = {
      "--batch", Integer.toString(rows), "--threads", Integer.toString(settings.threads())
    };
    try (Peer peer = new Peer(settings, "tin_speed.py", arguments)) {
      result.put("peer", peer.ask(question).path("peer").asText());
      for (int round = 0; round < WARM_ROUNDS; round++) {
        seconds(pool, workers, steps);
      }
      Rounds rounds = new Rounds();
      for (int round = 0; round < settings.rounds(); round++) {
        double ours = seconds(pool, workers, steps);
        double theirs = peer.ask(question).path("seconds").asDouble();
        rounds.add(ROWS_A_ROUND / ours, ROWS_A_ROUND / theirs);
      }
      rounds.describe("samples_per_second", result);
    }
  }

  private static double seconds(ExecutorService pool, List<Worker> workers, int steps)
      throws Exception {
    long start = System.nanoTime();
    for (int step = 0; step < steps; step++) {
      for (Future<Void> done : pool.invokeAll(workers)) {
        done.get();
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }
}
