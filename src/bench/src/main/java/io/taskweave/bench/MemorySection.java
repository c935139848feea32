package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.layer.Activation;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.GateInput;
import io.taskweave.core.model.InterestNetSpec;
import io.taskweave.core.model.MixtureSpec;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.PleSpec;
import io.taskweave.core.model.SharedGate;
import io.taskweave.core.model.StemNetSpec;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalSpec;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.engine.cluster.TrainingMemory;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingPlan;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** Heap that trainings hold, beside what they say before they start. */
final class MemorySection implements Section {
  private static final int BATCH = 4096;
  private static final int STEPS = 12;
  private static final int VALIDATION_ROWS = 100_000;
  private static final int FIELDS = 8;

  /** Between two collections, in which the training goes on. */
  private static final long PAUSE_NANOS = 50_000_000;

  private static final int IDS = 1000;
  private static final double MEBIBYTE = 1 << 20;
  private static final EmbeddingSpec EMBEDDING = new EmbeddingSpec(16, 1e-2);
  private static final List<Integer> LAYERS = List.of(128, 64);

  /** One training. */
  private record Case(String name, SampleLayout layout, ModelSpec model, boolean perTask) {}

  private static List<Case> cases() {
    SampleLayout two = layout(2);
    SampleLayout ten = layout(10);
    InterestSpec tin = InterestSpec.tin(TemporalSpec.byPosition(1e-2));
    return List.of(
        new Case("stem-net", two, stemNet(EMBEDDING), false),
        new Case("stem-net, adatask", two, stemNet(EMBEDDING), true),
        new Case("stem-net, 10 tasks, adatask", ten, stemNet(EMBEDDING), true),
        new Case(
            "mmoe, 64 experts, 10 tasks, adatask",
            ten,
            new MixtureSpec(false, EMBEDDING, false, 64, LAYERS, LAYERS, LAYERS, 0),
            true),
        new Case(
            "ple, 2 layers, adatask",
            two,
            new PleSpec(
                EMBEDDING, false, 2, 2, 2, LAYERS, LAYERS, LAYERS, 0, SharedGate.ALL_EXPERTS),
            true),
        new Case("tin", histories(1), interestNet(tin), false),
        new Case("din", histories(1), interestNet(InterestSpec.din()), false),
        new Case(
            "stem-net of tin, adatask",
            histories(2),
            stemNet(new EmbeddingSpec(16, 1e-2, tin)),
            true));
  }

  private static SampleLayout layout(int tasks) {
    List<Field> fields = new ArrayList<>();
    for (int f = 0; f < FIELDS; f++) {
      fields.add(Field.categorical("field" + f, IDS));
    }
    return new SampleLayout(fields, tasks(tasks));
  }

  private static List<String> tasks(int count) {
    return IntStream.range(0, count).mapToObj(task -> "task" + task).toList();
  }

  private static SampleLayout histories(int tasks) {
    return TinShape.layout(
        Field.categorical(TinShape.ITEM.name(), IDS),
        Field.categorical(TinShape.CATEGORY.name(), IDS),
        tasks(tasks));
  }

  private static StemNetSpec stemNet(EmbeddingSpec embedding) {
    return new StemNetSpec(
        embedding, 1, 4, 1, LAYERS, LAYERS, LAYERS, 0, GateInput.OWN_PLUS_SHARED, false);
  }

  private static InterestNetSpec interestNet(InterestSpec interest) {
    return new InterestNetSpec(
        new EmbeddingSpec(64, 1e-2, interest), List.of(80, 40), Activation.RELU, false, "", 0);
  }

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    String threads = Integer.toString(settings.threads());
    ArrayNode trainings = result.putArray("trainings");
    try (SparkSession spark =
        LocalSpark.open(settings, TrainingSettings.pinned("local[" + threads + "]", threads))) {
      for (Case training : cases()) {
        measure(settings, spark, training, trainings.addObject());
      }
    }
    result.put("batch", BATCH);
    result.put("threads", settings.threads());
  }

  private static void measure(
      Settings settings, SparkSession spark, Case training, ObjectNode result) throws Exception {
    int streams = settings.threads();
    long rows = (long) STEPS * BATCH;
    boolean histories = !training.layout().sequences().isEmpty();
    TrainingData data =
        histories
            ? TinStepSection.data(spark, training.layout(), streams, rows, VALIDATION_ROWS)
            : new TrainingData(
                StemNetStepSection.samples(spark, training.layout(), streams, 0, rows),
                StemNetStepSection.samples(
                    spark, training.layout(), streams, 1L << 40, VALIDATION_ROWS));
    Held held = new Held();
    try {
      new ShardedTrainer(spark, RowUpdates.LAZY, 0)
          .train(
              plan(settings, training),
              data,
              new Path(settings.scratch().resolve(training.name()).toUri()),
              false,
              held);
    } finally {
      held.stop();
    }
    result.put("name", training.name());
    result.put("said_mib", held.said / MEBIBYTE);
    result.put("held_mib", held.most / MEBIBYTE);
    result.put("held_over_said", (double) held.most / held.said);
    result.put("memory", held.text);
  }

  /** The most that is on the heap more than before, while a training runs. */
  private static final class Held implements TrainingListener {
    private final long before = used();
    private final Thread watch = new Thread(this::watch, "heap");
    private volatile boolean running = true;
    private long most;
    private long said;
    private String text = "";

    private static long used() {
      System.gc();
      return ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .mapToLong(pool -> pool.getCollectionUsage().getUsed())
          .sum();
    }

    private void watch() {
      while (running) {
        most = Math.max(most, used() - before);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }

    @Override
    public void memory(TrainingMemory memory) {
      text = memory.toString();
      said = memory.running();
    }

    @Override
    public void start(Start start) {
      watch.start();
    }

    void stop() throws InterruptedException {
      running = false;
      watch.join();
    }
  }

  private static TrainingPlan plan(Settings settings, Case training) {
    return TrainingPlan.builder(training.layout(), training.model())
        .batchSize(BATCH)
        .streams(settings.threads())
        .optimizer(
            training.perTask()
                ? OptimizerSpec.perTask(Adam.DEFAULT)
                : OptimizerSpec.plain(Adam.DEFAULT))
        .build();
  }
}
