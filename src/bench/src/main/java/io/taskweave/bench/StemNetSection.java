package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.blas.BlasFactory;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Forward and backward of STEM-Net against PyTorch, zeroing of the gradients included. Here a
 * thread takes a micro-batch at a time and has gradients of its own; PyTorch computes the batch at
 * once on as many threads.
 */
final class StemNetSection implements Section {
  private static final int MICRO_ROWS = 512;
  private static final int STEPS = 2;
  private static final int WARM_STEPS = 6;

  private final SampleLayout layout = TikTokShape.layout();
  private final SampleBlock block = block(layout);
  private final List<Worker> workers = new ArrayList<>();

  /** A batch of random ids and labels. */
  static SampleBlock block(SampleLayout layout) {
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    for (int row = 0; row < TikTokShape.BATCH; row++) {
      builder.addRow(row, 1);
      for (int f = 0; f < layout.fields().size(); f++) {
        int known = layout.fields().get(f).tableRows() - 1;
        builder.id(f, 1 + (int) (CounterRandom.uniform(row, f) * known));
      }
      for (int task = 0; task < layout.tasks().size(); task++) {
        builder.label(task, (byte) (CounterRandom.mix(row, 100 + task) & 1));
      }
    }
    return builder.build();
  }

  /** The micro-batches of one thread, with its own work space and gradients. */
  private final class Worker implements Callable<Void> {
    private final TimedBlas blas = new TimedBlas(BlasFactory.instance());
    private final MultiTaskModel model = TikTokShape.MODEL.create(layout, blas);
    private final SampleBatch batch = new SampleBatch(block, MICRO_ROWS);
    private final float[] factors = new float[layout.tasks().size()];
    private final float[] logits = new float[factors.length * MICRO_ROWS];
    private final float[] logitGradients = new float[logits.length];
    private final int index;
    private final int threads;
    private final ParameterStorage weights;
    private final float[] gradient;
    private final Gradients gradients;

    Worker(float[] values, int index, int threads) {
      this.index = index;
      this.threads = threads;
      ParameterLayout parameters = model.parameters();
      weights = ParameterStorage.flat(parameters, values, 0);
      gradient = new float[parameters.size()];
      gradients = Gradients.summed(ParameterStorage.flat(parameters, gradient, 0));
      Arrays.fill(factors, 1f / block.rows());
    }

    @Override
    public Void call() {
      Arrays.fill(gradient, 0f);
      for (int from = index * MICRO_ROWS; from < block.rows(); from += threads * MICRO_ROWS) {
        batch.clear();
        for (int row = from; row < Math.min(from + MICRO_ROWS, block.rows()); row++) {
          batch.add(row);
        }
        model.forward(weights, batch, 0, logits);
        LogLoss.gradient(batch, logits, factors, logitGradients);
        model.backward(weights, batch, logitGradients, gradients);
      }
      return null;
    }
  }

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    float[] weights = TikTokShape.MODEL.create(layout).parameters().initialValues(1);
    for (int t = 0; t < settings.threads(); t++) {
      workers.add(new Worker(weights, t, settings.threads()));
    }
    ExecutorService pool = Executors.newFixedThreadPool(settings.threads());
    try (Peer peer =
        new Peer(settings, "stem_speed.py", "--threads", Integer.toString(settings.threads()))) {
      result.put("peer", peer.ask("1").path("peer").asText());
      peer.ask(Integer.toString(STEPS));
      seconds(pool, WARM_STEPS);
      workers.forEach(worker -> worker.blas.reset());
      Rounds rounds = new Rounds();
      double seconds = 0;
      double rows = (double) block.rows() * STEPS;
      for (int round = 0; round < settings.rounds(); round++) {
        double ours = seconds(pool, STEPS);
        seconds += ours;
        double theirs = peer.ask(Integer.toString(STEPS)).path("seconds").asDouble();
        rounds.add(rows / ours, rows / theirs);
      }
      rounds.describe("samples_per_second", result);
      describeProducts(seconds, result);
      result.put("batch", block.rows());
      result.put("micro_batch", MICRO_ROWS);
      result.put("threads", settings.threads());
    } finally {
      pool.shutdown();
    }
  }

  private double seconds(ExecutorService pool, int steps) throws Exception {
    long start = System.nanoTime();
    for (int step = 0; step < steps; step++) {
      for (Future<Void> done : pool.invokeAll(workers)) {
        done.get();
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private void describeProducts(double seconds, ObjectNode result) {
    double operations = 0;
    double inProducts = 0;
    for (Worker worker : workers) {
      operations += worker.blas.operations();
      inProducts += worker.blas.nanoseconds() / 1e9;
    }
    result.put("gigaflops", operations / seconds / 1e9);
    result.put("gigaflops_within_products", operations / (inProducts / workers.size()) / 1e9);
    result.put("share_of_time_in_products", inProducts / (seconds * workers.size()));
  }
}
