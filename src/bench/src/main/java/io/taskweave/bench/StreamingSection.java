package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.SharedBottomSpec;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.cluster.TrainingMemory;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.sharded.RowLifetime;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingPlan;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * An epoch over samples from Parquet: in chunks that stream from disk, in a heap that is smaller
 * than the samples, or all of them in memory. The model is small, so that reading would show.
 */
final class StreamingSection implements Section {
  private static final int FIELDS = 8;
  private static final int IDS = 100_000;
  private static final int BATCH = 4096;
  private static final int VALIDATION_ROWS = 10_000;
  private static final long MEBIBYTE = 1L << 20;

  private final SampleMemory bound;

  StreamingSection(SampleMemory bound) {
    this.bound = bound;
  }

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    List<Field> fields = new ArrayList<>();
    for (int f = 0; f < FIELDS; f++) {
      fields.add(Field.categorical("field" + f, IDS));
    }
    SampleLayout layout = new SampleLayout(fields, List.of("click", "like"));
    String threads = Integer.toString(settings.threads());
    HeapPeak heap = new HeapPeak();
    try (SparkSession spark =
        LocalSpark.open(settings, TrainingSettings.pinned("local[" + threads + "]", threads))) {
      Path folder =
          settings.data().resolve("samples-" + settings.rows() + "-" + settings.threads());
      String file = folder.toString();
      if (!Files.exists(folder.resolve("_SUCCESS"))) {
        StemNetStepSection.samples(spark, layout, settings.threads(), 0, settings.rows())
            .write()
            .mode(SaveMode.Overwrite)
            .parquet(file);
      }
      TrainingData data =
          new TrainingData(
              spark.read().parquet(file),
              StemNetStepSection.samples(
                  spark, layout, settings.threads(), 1L << 40, VALIDATION_ROWS));
      Course course = new Course(result);
      heap.start();
      new ShardedTrainer(spark, RowUpdates.LAZY, RowLifetime.UNBOUNDED, 0, bound)
          .train(
              plan(settings, layout),
              data,
              new org.apache.hadoop.fs.Path(settings.scratch().resolve("run").toUri()),
              false,
              course);
      heap.stop();
    }
    result.put("rows", settings.rows());
    result.put("batch", BATCH);
    result.put("threads", settings.threads());
    result.put("heap_limit_mib", Runtime.getRuntime().maxMemory() / MEBIBYTE);
    result.put("peak_heap_mib", heap.used() / MEBIBYTE);
    result.put("peak_live_heap_mib", heap.live() / MEBIBYTE);
  }

  /** Writes down what a training says of itself. */
  private static final class Course implements TrainingListener {
    private final ObjectNode result;
    private final List<Double> seconds = new ArrayList<>();
    private final OperatingSystemMXBean system =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final long begin = System.nanoTime();
    private long cpuBefore;

    Course(ObjectNode result) {
      this.result = result;
    }

    @Override
    public void memory(TrainingMemory memory) {
      result.put("memory", memory.toString());
      result.put("chunks", memory.chunks());
      result.put("bound_mib", memory.samples() / MEBIBYTE);
    }

    @Override
    public void start(Start start) {
      result.put("steps", start.stepsPerEpoch());
      result.put("samples_mib", (long) (start.rows() * start.bytesPerSample()) / MEBIBYTE);
      result.put("loading_seconds", (System.nanoTime() - begin) * 1e-9);
      cpuBefore = system.getProcessCpuTime();
    }

    @Override
    public void step(Step step) {
      seconds.add(BATCH / step.samplesPerSecond());
    }

    @Override
    public void epoch(Epoch epoch) {
      result.put("epoch_seconds", epoch.seconds());
      result.put("epoch_cpu_seconds", (system.getProcessCpuTime() - cpuBefore) * 1e-9);
      result.put("steps_per_second", seconds.size() / epoch.seconds());
      Collections.sort(seconds);
      result.put("median_step_milliseconds", 1e3 * seconds.get(seconds.size() / 2));
    }
  }

  private static TrainingPlan plan(Settings settings, SampleLayout layout) {
    return TrainingPlan.builder(
            layout, new SharedBottomSpec(new EmbeddingSpec(8, 1e-2), List.of(32), List.of(16), 0))
        .batchSize(BATCH)
        .streams(settings.threads())
        .build();
  }
}
