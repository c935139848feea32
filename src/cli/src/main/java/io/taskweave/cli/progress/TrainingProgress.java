package io.taskweave.cli.progress;

import io.taskweave.engine.cluster.BlasSelfTest;
import io.taskweave.engine.cluster.TrainingMemory;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.WarmStart;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows how a training goes: a bar a epoch on a terminal, with rate, loss and time left; a line now
 * and then elsewhere. Every event goes to {@link EventFile}.
 */
public final class TrainingProgress implements TrainingListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingProgress.class);

  /** Times the steps of even streams from which on it is said that they are not. */
  private static final double UNEVEN = 1.5;

  private final EventFile events;
  private final PrintWriter out;
  private final boolean terminal;
  private final long interval;
  private final int stepEvery;
  private long lastLine = System.nanoTime();
  private ProgressBar bar;

  /**
   * @param interval between two lines where there is no terminal
   * @param stepEvery steps between two step events
   */
  public TrainingProgress(
      EventFile events, PrintWriter out, boolean terminal, Duration interval, int stepEvery) {
    this.events = events;
    this.out = out;
    this.terminal = terminal;
    this.interval = interval.toNanos();
    this.stepEvery = stepEvery;
  }

  @Override
  public void memory(TrainingMemory memory) {
    Map<String, Object> event = event("memory");
    event.put("needed_bytes", memory.needed());
    event.put("reserved_bytes", memory.reserved());
    event.put("heap_bytes", memory.heap());
    event.put("weights_bytes", memory.weights());
    event.put("samples_bytes", memory.samples());
    event.put("sample_chunks", memory.chunks());
    event.put("disk_bytes", memory.disk());
    event.put("validation_bytes", memory.validation());
    event.put("batches_bytes", memory.batches());
    event.put("dominance_bytes", memory.dominance());
    events.write(event);
    out.println("memory: " + memory);
    out.flush();
  }

  @Override
  public void products(SortedMap<String, BlasSelfTest> byExecutor) {
    byExecutor.forEach(
        (executor, test) -> {
          Map<String, Object> event = event("products");
          event.put("executor", executor);
          event.put("gigaflops", test.gigaflops());
          event.put("same_bits", test.sameBits());
          event.put("mkl_debug_cpu_type", test.cpuType());
          events.write(event);
          LOG.info("Matrix products of {}: {}", executor, test);
          if (!test.trustworthy()) {
            LOG.warn(
                "Matrix products of {}: {} at two alignments, MKL_DEBUG_CPU_TYPE is {}; set it to 5"
                    + " before Java starts, or results depend on where arrays lie",
                executor,
                test.sameBits() ? "same bits" : "different bits",
                test.cpuType().isEmpty() ? "unset" : test.cpuType());
          }
        });
  }

  @Override
  public void start(Start start) {
    // What an earlier process did after the checkpoint comes again.
    events.retain(event -> event.path("step").asLong() <= start.stepsDone());
    Map<String, Object> event = event("start");
    event.put("steps_done", start.stepsDone());
    event.put("rows", start.rows());
    event.put("validation_rows", start.validationRows());
    event.put("parameters", start.parameters());
    event.put("task_parameters", start.taskParameters());
    event.put("optimizer", start.optimizer());
    event.put("steps_per_epoch", start.stepsPerEpoch());
    event.put("even_steps_per_epoch", start.evenStepsPerEpoch());
    event.put("bytes_per_sample", start.bytesPerSample());
    events.write(event);
    out.println(
        String.format(
            Locale.ROOT,
            "training on %,d samples of %.0f bytes, %,d parameters, %,d steps an epoch",
            start.rows(),
            start.bytesPerSample(),
            start.parameters(),
            start.stepsPerEpoch()));
    out.println(
        String.format(
            Locale.ROOT,
            "optimizer %s, %,d parameters with a gradient a task",
            start.optimizer(),
            start.taskParameters()));
    if (start.stepsPerEpoch() > UNEVEN * start.evenStepsPerEpoch()) {
      out.println(
          String.format(
              Locale.ROOT,
              "streams are uneven: %,d steps would do, many batches are not full; a stream holds"
                  + " whole users, look for one with very many samples, such as one who stands for"
                  + " all without an account",
              start.evenStepsPerEpoch()));
    }
    if (start.stepsDone() > 0) {
      out.println(String.format(Locale.ROOT, "going on after step %,d", start.stepsDone()));
    }
    out.flush();
  }

  @Override
  public void warmStart(WarmStart warmStart) {
    Map<String, Object> event = event("warm_start");
    event.put("run", warmStart.source());
    event.putAll(counts(warmStart.counts()));
    Map<String, Object> byTable = new LinkedHashMap<>();
    warmStart.countsByTable().forEach((table, ids) -> byTable.put(table, counts(ids)));
    event.put("by_table", byTable);
    events.write(event);
    out.println(
        String.format(
            Locale.ROOT,
            "warm start from %s: %,d ids keep their rows, %,d are new, %,d are gone; the"
                + " optimizer's state starts anew",
            warmStart.source(),
            warmStart.counts().kept(),
            warmStart.counts().added(),
            warmStart.counts().gone()));
    out.flush();
  }

  private static Map<String, Object> counts(WarmStart.IdCounts ids) {
    Map<String, Object> counts = new LinkedHashMap<>();
    counts.put("kept_ids", ids.kept());
    counts.put("new_ids", ids.added());
    counts.put("gone_ids", ids.gone());
    return counts;
  }

  @Override
  public void step(Step step) {
    if (step.step() % stepEvery == 0) {
      Map<String, Object> event = event("step");
      event.put("step", step.step());
      event.put("epoch", step.epoch());
      event.put("learning_rate", step.learningRate());
      event.put("samples_per_second", step.samplesPerSecond());
      event.put("loss_by_task", step.lossByTask());
      events.write(event);
    }
    long within = step.step() - (step.epoch() - 1L) * step.stepsPerEpoch();
    String state =
        String.format(
            Locale.ROOT, "%,.0f samples/s %s", step.samplesPerSecond(), numbers(step.lossByTask()));
    if (terminal) {
      if (bar == null) {
        bar =
            new ProgressBarBuilder()
                .setTaskName("epoch " + step.epoch())
                .setInitialMax(step.stepsPerEpoch())
                .setStyle(ProgressBarStyle.ASCII)
                .build();
      }
      bar.setExtraMessage(state);
      bar.stepTo(within);
    } else if (System.nanoTime() - lastLine >= interval) {
      lastLine = System.nanoTime();
      out.println(
          String.format(
              Locale.ROOT,
              "epoch %d step %d/%d %s",
              step.epoch(),
              within,
              step.stepsPerEpoch(),
              state));
      out.flush();
    }
  }

  @Override
  public void rows(Rows rows) {
    Map<String, Object> event = event("rows");
    event.put("step", rows.step());
    Map<String, Object> byTable = new LinkedHashMap<>();
    rows.byTable()
        .forEach(
            (table, counts) -> {
              Map<String, Object> values = new LinkedHashMap<>();
              values.put("held", counts.held());
              values.put("waiting", counts.waiting());
              values.put("evicted", counts.evicted());
              byTable.put(table, values);
            });
    event.put("by_table", byTable);
    events.write(event);
    RowCounts all =
        rows.byTable().values().stream().reduce(new RowCounts(0, 0, 0), RowCounts::plus);
    close();
    out.println(
        String.format(
            Locale.ROOT,
            "rows of tables: %,d held, %,d ids wait for one, %,d have left",
            all.held(),
            all.waiting(),
            all.evicted()));
    out.flush();
  }

  @Override
  public void dominance(Dominance dominance) {
    Map<String, Object> event = event("dominance");
    event.put("epoch", dominance.epoch());
    event.put("step", dominance.step());
    event.put("measured_steps", dominance.measuredSteps());
    event.put("parameter", dominance.parameter());
    event.put("elements", dominance.elements());
    Map<String, Object> byTask = new LinkedHashMap<>();
    for (TaskShare share : dominance.tasks()) {
      Map<String, Object> values = new LinkedHashMap<>();
      // Of nothing there is no mean, and JSON has no word for it.
      if (dominance.elements() > 0) {
        values.put("mean", share.mean());
        values.put("p10", share.p10());
        values.put("p50", share.p50());
        values.put("p90", share.p90());
        values.put("dominated", share.dominated());
      }
      values.put("histogram", share.histogram());
      byTask.put(share.task(), values);
    }
    event.put("by_task", byTask);
    events.write(event);
  }

  @Override
  public void epoch(Epoch epoch) {
    close();
    Map<String, Object> event = event("epoch");
    event.put("epoch", epoch.epoch());
    event.put("step", epoch.step());
    event.put("learning_rate", epoch.learningRate());
    event.put("train_loss_by_task", epoch.trainLossByTask());
    event.put("validation_auc_by_task", epoch.validationAucByTask());
    event.put("validation_log_loss_by_task", epoch.validationLogLossByTask());
    event.put("mean_auc", epoch.meanAuc());
    event.put("improved", epoch.improved());
    event.put("seconds", epoch.seconds());
    events.write(event);
    out.println(
        String.format(
            Locale.ROOT,
            "epoch %d  %.1f s  rate %.0e  loss %s  validation AUC %s%s",
            epoch.epoch(),
            epoch.seconds(),
            epoch.learningRate(),
            numbers(epoch.trainLossByTask()),
            numbers(epoch.validationAucByTask()),
            epoch.improved() ? "  best" : ""));
    out.flush();
  }

  /** Ends the bar, if one is on the screen. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  private static Map<String, Object> event(String name) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("event", name);
    return event;
  }

  private static String numbers(SortedMap<String, Double> values) {
    StringBuilder text = new StringBuilder();
    values.forEach(
        (name, value) -> text.append(String.format(Locale.ROOT, "%s %.4f ", name, value)));
    return text.toString().trim();
  }
}
