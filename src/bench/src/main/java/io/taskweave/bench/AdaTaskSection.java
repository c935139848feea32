package io.taskweave.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.blas.BlasFactory;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.GradientSlots;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.core.parameter.SlotView;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.SlotUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A step of AdaTask-Adam beside a step of Adam, on STEM-Net, and beside PyTorch with one backward
 * pass a task. A step is zeroing, forward, backward, the sum of the threads' gradients and the
 * dense update, without clipping, L2 and data exchange.
 */
final class AdaTaskSection implements Section {
  private static final int MICRO_ROWS = 512;
  private static final int WARM_STEPS = 4;

  private final SampleLayout layout = TikTokShape.layout();
  private final SampleBlock block = StemNetSection.block(layout);

  /** Seconds of one step. */
  private record Step(double gradients, double whole) {}

  /** One of the two optimizers, with its own weights, gradients and moments. */
  private final class Trainer {
    private final int threads;
    private final ExecutorService pool;
    private final SlotLayout slotted;
    private final float[] weights;
    private final float[][] gradients;
    private final float[][] moments;
    private final List<Worker> workers = new ArrayList<>();
    private long step;

    Trainer(boolean perTask, int threads, ExecutorService pool) {
      this.threads = threads;
      this.pool = pool;
      ParameterLayout parameters = TikTokShape.MODEL.create(layout).parameters();
      slotted =
          perTask
              ? SlotLayout.perTask(parameters, layout.tasks().size(), 1)
              : SlotLayout.summed(parameters, 1);
      weights = slotted.vector(parameters.initialValues(1));
      gradients = new float[threads][weights.length];
      moments = new float[2][weights.length];
      for (int t = 0; t < threads; t++) {
        workers.add(new Worker(t));
      }
    }

    /** The micro-batches of one thread, then its part of the update. */
    private final class Worker {
      private final TimedBlas blas = new TimedBlas(BlasFactory.instance());
      private final MultiTaskModel model = TikTokShape.MODEL.create(layout, blas);
      private final SlotView view = new SlotView(slotted);
      private final SampleBatch batch = new SampleBatch(block, MICRO_ROWS);
      private final float[] factors = new float[layout.tasks().size()];
      private final float[] logits = new float[factors.length * MICRO_ROWS];
      private final float[] logitGradients = new float[logits.length];
      private final SlotUpdate sharedUpdate = new SlotUpdate(Adam.DEFAULT, slotted.slots().tasks());
      private final SlotUpdate singleUpdate = new SlotUpdate(Adam.DEFAULT, 1);
      private final int index;

      Worker(int index) {
        this.index = index;
        Arrays.fill(factors, 1f / block.rows());
      }

      void computeGradients() {
        float[] gradient = gradients[index];
        Arrays.fill(gradient, 0f);
        for (int from = index * MICRO_ROWS; from < block.rows(); from += threads * MICRO_ROWS) {
          batch.clear();
          for (int row = from; row < Math.min(from + MICRO_ROWS, block.rows()); row++) {
            batch.add(row);
          }
          model.forward(view.weights(weights, 0), batch, 0, logits);
          LogLoss.gradient(batch, logits, factors, logitGradients);
          model.backward(view.bound(), batch, logitGradients, view.gradients(gradient, 0));
          view.spread(gradient, 0);
        }
      }

      void addGradients() {
        int from = (int) ((long) weights.length * index / threads);
        int to = (int) ((long) weights.length * (index + 1) / threads);
        for (int other = 1; other < threads; other++) {
          add(gradients[0], gradients[other], from, to);
        }
      }

      void update() {
        GradientSlots slots = slotted.slots();
        int shared = part(slots.shared(), index);
        int sharedCount = part(slots.shared(), index + 1) - shared;
        sharedUpdate.perTask(
            weights,
            shared,
            gradients[0],
            shared * slots.tasks(),
            moments,
            shared * slots.tasks(),
            sharedCount,
            1e-3,
            step,
            new float[0],
            null);
        int single = part(slots.single(), index);
        int singleCount = part(slots.single(), index + 1) - single;
        int place = slots.shared() * slots.tasks() + single;
        singleUpdate.perTask(
            weights,
            place,
            gradients[0],
            place,
            moments,
            place,
            singleCount,
            1e-3,
            step,
            new float[0],
            null);
      }

      private int part(int count, int part) {
        return (int) ((long) count * part / threads);
      }
    }

    Step step() throws Exception {
      step++;
      long start = System.nanoTime();
      everywhere(Worker::computeGradients);
      everywhere(Worker::addGradients);
      long ready = System.nanoTime();
      everywhere(Worker::update);
      long end = System.nanoTime();
      return new Step((ready - start) / 1e9, (end - start) / 1e9);
    }

    private void everywhere(java.util.function.Consumer<Worker> phase) throws Exception {
      List<Callable<Void>> calls = new ArrayList<>();
      for (Worker worker : workers) {
        calls.add(
            () -> {
              phase.accept(worker);
              return null;
            });
      }
      for (var done : pool.invokeAll(calls)) {
        done.get();
      }
    }

    double operations() {
      return workers.stream().mapToDouble(worker -> worker.blas.operations()).sum() / step;
    }
  }

  private static void add(float[] target, float[] values, int from, int to) {
    for (int i = from; i < to; i++) {
      target[i] += values[i];
    }
  }

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(settings.threads());
    try (Peer peer =
        new Peer(settings, "adatask_speed.py", "--threads", Integer.toString(settings.threads()))) {
      Trainer adam = new Trainer(false, settings.threads(), pool);
      Trainer adaTask = new Trainer(true, settings.threads(), pool);
      result.put("peer", peer.ask("1").path("peer").asText());
      for (int i = 0; i < WARM_STEPS; i++) {
        adam.step();
        adaTask.step();
      }
      Rounds gradients = new Rounds();
      Rounds whole = new Rounds();
      Rounds overAdam = new Rounds();
      double rows = block.rows();
      for (int round = 0; round < settings.rounds(); round++) {
        Step plain = adam.step();
        Step ours = adaTask.step();
        JsonNode theirs = peer.ask("1");
        gradients.add(
            rows / ours.gradients(), rows / theirs.path("forward_backward_seconds").asDouble());
        whole.add(rows / ours.whole(), rows / theirs.path("seconds").asDouble());
        overAdam.add(ours.whole(), plain.whole());
      }
      gradients.describe("samples_per_second", result.putObject("forward_backward"));
      whole.describe("samples_per_second", result.putObject("whole_step"));
      ObjectNode ratio = result.putObject("adatask_over_adam");
      overAdam.describe("seconds", ratio);
      double arithmetic = adaTask.operations() / adam.operations();
      ratio.put("arithmetic", arithmetic);
      ratio.put("over_arithmetic", ratio.path("ratio").path("median").asDouble() / arithmetic);
      result.put("task_parameters", adaTask.slotted.slots().shared());
      result.put("parameters", adaTask.slotted.slots().weights());
      result.put("batch", block.rows());
      result.put("threads", settings.threads());
    } finally {
      pool.shutdown();
    }
  }
}
