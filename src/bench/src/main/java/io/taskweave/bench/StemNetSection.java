package io.taskweave.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.BlasFactory;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.GateInput;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.model.StemNetSpec;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Samples per second of forward and backward of STEM-Net at the TikTok shape, with a thread a core
 * and a micro-batch a thread at a time; prints JSON. Zeroing the gradients is part of the step. Its
 * peer is {@code src/bench/peers/stem_speed.py}.
 *
 * <p>Arguments: seconds (default 10), threads (2), rows a micro-batch (512), batch (4096).
 */
public final class StemNetStepBenchmark {
  private static final int[] VOCABULARIES = {70_000, 300_000, 150_000, 450, 6, 30_000, 70_000, 500};
  private static final StemNetSpec SHAPE =
      new StemNetSpec(
          new EmbeddingSpec(16, 1e-4),
          1,
          8,
          1,
          List.of(512, 512, 512),
          List.of(128, 64),
          List.of(128, 64),
          0,
          GateInput.OWN_PLUS_SHARED,
          false);

  private final int threads;
  private final int batchRows;
  private final SampleBlock block;
  private final List<Worker> workers = new ArrayList<>();

  private StemNetStepBenchmark(int threads, int microRows, int batchRows) {
    this.threads = threads;
    this.batchRows = batchRows;
    List<Field> fields = new ArrayList<>();
    for (int f = 0; f < VOCABULARIES.length; f++) {
      fields.add(Field.categorical("field" + f, VOCABULARIES[f]));
    }
    SampleLayout layout = new SampleLayout(fields, List.of("finish", "like"));
    this.block = block(layout, batchRows);
    float[] weights = SHAPE.create(layout).parameters().initialValues(1);
    for (int t = 0; t < threads; t++) {
      workers.add(new Worker(SHAPE.create(layout), weights, t, microRows));
    }
  }

  private static SampleBlock block(SampleLayout layout, int rows) {
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    for (int row = 0; row < rows; row++) {
      builder.addRow(row, 1);
      for (int f = 0; f < VOCABULARIES.length; f++) {
        builder.id(f, 1 + (int) (CounterRandom.uniform(row, f) * (VOCABULARIES[f] - 1)));
      }
      for (int task = 0; task < 2; task++) {
        builder.label(task, (byte) (CounterRandom.mix(row, 100 + task) & 1));
      }
    }
    return builder.build();
  }

  /** The micro-batches of one thread, with its own work space and gradients. */
  private final class Worker implements Callable<Void> {
    private final MultiTaskModel model;
    private final ParameterStorage weights;
    private final float[] gradient;
    private final Gradients gradients;
    private final SampleBatch batch;
    private final int index;
    private final float[] logits;
    private final float[] logitGradients;

    Worker(MultiTaskModel model, float[] values, int index, int microRows) {
      this.model = model;
      this.index = index;
      ParameterLayout layout = model.parameters();
      weights = ParameterStorage.flat(layout, values, 0);
      gradient = new float[layout.size()];
      gradients = Gradients.summed(ParameterStorage.flat(layout, gradient, 0));
      batch = new SampleBatch(block, microRows);
      logits = new float[2 * microRows];
      logitGradients = new float[2 * microRows];
    }

    @Override
    public Void call() {
      Arrays.fill(gradient, 0f);
      float[] factors = {1f / batchRows, 1f / batchRows};
      int micro = batch.capacity();
      for (int from = index * micro; from < batchRows; from += threads * micro) {
        batch.clear();
        for (int row = from; row < Math.min(from + micro, batchRows); row++) {
          batch.add(row);
        }
        model.forward(weights, batch, 0, logits);
        LogLoss.gradient(batch, logits, factors, logitGradients);
        model.backward(weights, batch, logitGradients, gradients);
      }
      return null;
    }
  }

  private double multiplications() {
    long weights = 0;
    for (Parameter parameter : workers.get(0).model.parameters().parameters()) {
      weights += parameter.isTable() || parameter.name().endsWith("/bias") ? 0 : parameter.size();
    }
    return weights;
  }

  private static double productSpeed(ExecutorService pool, int threads) throws Exception {
    int n = 512;
    int repeats = 100;
    Callable<Void> work =
        () -> {
          Blas blas = BlasFactory.instance();
          float[] a = new float[n * n];
          float[] b = new float[n * n];
          float[] c = new float[n * n];
          for (int i = 0; i < repeats; i++) {
            blas.multiply(n, n, n, a, 0, n, b, 0, n, 0, c, 0, n);
          }
          return null;
        };
    double best = 0;
    for (int round = 0; round < 5; round++) {
      long start = System.nanoTime();
      for (Future<Void> done : pool.invokeAll(Collections.nCopies(threads, work))) {
        done.get();
      }
      best = Math.max(best, 2.0 * n * n * n * repeats * threads / (System.nanoTime() - start));
    }
    return best;
  }

  private ObjectNode run(double seconds) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int warm = 0; warm < 3; warm++) {
        step(pool);
      }
      double best = 0;
      int steps = 0;
      long begin = System.nanoTime();
      while (System.nanoTime() - begin < seconds * 1e9) {
        long start = System.nanoTime();
        step(pool);
        best = Math.max(best, batchRows * 1e9 / (System.nanoTime() - start));
        steps++;
      }
      double rate = steps * (double) batchRows * 1e9 / (System.nanoTime() - begin);
      ObjectNode result = new ObjectMapper().createObjectNode();
      result.put("benchmark", "stem-net-forward-backward");
      result.put("batch", batchRows);
      result.put("micro_batch", workers.get(0).batch.capacity());
      result.put("threads", threads);
      result.put("steps", steps);
      result.put("samples_per_second", rate);
      result.put("best_samples_per_second", best);
      // A multiplication and an addition, in the product and in both of its gradients.
      result.put("gigaflops", rate * 6 * multiplications() / 1e9);
      result.put("product_gigaflops", productSpeed(pool, threads));
      return result;
    } finally {
      pool.shutdown();
    }
  }

  private void step(ExecutorService pool) throws Exception {
    for (Future<Void> done : pool.invokeAll(workers)) {
      done.get();
    }
  }

  /** Runs the benchmark; see the class for the arguments. */
  public static void main(String[] arguments) throws Exception {
    double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 10;
    int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
    int microRows = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 512;
    int batchRows = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 4096;
    System.out.println(new StemNetStepBenchmark(threads, microRows, batchRows).run(seconds));
  }
}
