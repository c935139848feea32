package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingPlan;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.io.ChunkedByteBuffer;
import scala.reflect.ClassTag;

/**
 * What a step of STEM-Net with AdaTask at the TikTok shape would take on 16, 64 and 256 executors
 * of one core, simulated by {@link ExecutorModel} from what one and two cost on this machine, and
 * which part of it is the first to take more than it should.
 */
final class ManyExecutorsSection implements Section {
  private static final int[] EXECUTORS = {1, 2, 4, 16, 64, 256};
  private static final String ONE_CORE = "local[1]";
  private static final int STEPS = 12;
  private static final int WARM_STEPS = 2;
  private static final int SMALL_STEPS = 2000;
  private static final int CALLS = 2000;
  private static final int MEETINGS = 2;
  private static final int CLUSTER = 2;

  /** Of a network of 10 Gbit/s. */
  private static final double BYTES_PER_SECOND = 1.25e9;

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    List<Double> seconds = computation(settings);
    double mean = seconds.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    double variance =
        seconds.stream().mapToDouble(step -> (step - mean) * (step - mean)).average().orElseThrow();
    ExecutorModel.Costs costs = exchange(settings, mean, Math.sqrt(variance) / mean);
    ExecutorModel model = new ExecutorModel(costs, step(), BYTES_PER_SECOND);
    ObjectNode measured = result.putObject("measured_milliseconds");
    measured.put("computation", 1e3 * costs.computation());
    measured.put("question_at_the_driver", 1e3 * costs.question());
    measured.put("question_until_answered", 1e3 * costs.answer());
    measured.put("message_at_the_driver", 1e3 * costs.message());
    measured.put("fetch_of_a_small_block", 1e3 * costs.fetch());
    result.put("deviation_of_computation", costs.deviation());
    result.put("assumed_network_bytes_per_second", BYTES_PER_SECOND);
    result.put("rows_of_a_batch", model.step().rows());
    result.put("batch_of_an_executor", TikTokShape.BATCH);
    ArrayNode simulated = result.putArray("simulated");
    for (int executors : EXECUTORS) {
      model.describe(executors, simulated.addObject());
    }
    result.put("breaks_at_executors", model.breaksAt());
    result.put("breaks_first", model.longest(model.breaksAt()));
  }

  private static ExecutorModel.Step step() {
    ParameterLayout parameters = TikTokShape.MODEL.create(TikTokShape.layout()).parameters();
    int tasks = TikTokShape.TASKS.size();
    long weights = 0;
    long gradients = 0;
    for (Parameter parameter : parameters.parameters()) {
      if (parameter.ids() == null) {
        weights += parameter.size();
        gradients += (long) parameter.size() * (parameter.shared() ? tasks : 1);
      }
    }
    int width = TikTokShape.MODEL.embedding().size();
    // A table for each task and a shared one; each task has a gradient of the shared one.
    double perRow = Long.BYTES + (double) Float.BYTES * width * (tasks + 1 + 2 * tasks);
    return new ExecutorModel.Step(rows(), perRow, weights, gradients, MEETINGS);
  }

  /** Distinct ids of a batch, each drawn from all of its field. */
  private static double rows() {
    return TikTokShape.VOCABULARIES.stream()
        .mapToDouble(ids -> ids * (1 - Math.pow(1 - 1.0 / ids, TikTokShape.BATCH)))
        .sum();
  }

  /** Seconds of steps on one executor of one core. */
  private static List<Double> computation(Settings settings) throws Exception {
    List<Double> seconds = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void step(Step step) {
            if (step.step() > WARM_STEPS) {
              seconds.add(TikTokShape.BATCH / step.samplesPerSecond());
            }
          }
        };
    SortedMap<String, String> alone = new TreeMap<>(TrainingSettings.pinned(ONE_CORE, "1"));
    alone.put("spark.master", ONE_CORE);
    try (SparkSession spark = LocalSpark.open(settings, alone)) {
      TrainingPlan plan =
          TrainingPlan.builder(TikTokShape.layout(), TikTokShape.MODEL)
              .batchSize(TikTokShape.BATCH)
              .streams(1)
              .optimizer(OptimizerSpec.perTask(Adam.DEFAULT))
              .build();
      TrainingData data =
          new TrainingData(
              StemNetStepSection.samples(
                  spark, plan.layout(), 1, 0, (long) STEPS * TikTokShape.BATCH),
              StemNetStepSection.samples(spark, plan.layout(), 1, 1L << 40, 1000));
      Path run = new Path(settings.scratch().resolve("one").toUri());
      new ShardedTrainer(spark, RowUpdates.LAZY, 0).train(plan, data, run, false, listener);
    }
    return seconds;
  }

  /** Measures what two executors of one core and their driver cost each other. */
  private static ExecutorModel.Costs exchange(
      Settings settings, double computation, double deviation) throws Exception {
    try (SparkCluster cluster = SparkCluster.start(settings.scratch().resolve("two"), CLUSTER)) {
      SortedMap<String, String> configuration = cluster.settings("1g");
      configuration.putAll(TrainingSettings.pinned(configuration.get("spark.master"), "1"));
      try (SparkSession spark = LocalSpark.open(settings, configuration)) {
        Processor processor = new Processor();
        TrainingListener listener =
            new TrainingListener() {
              @Override
              public void step(Step step) {
                if (step.step() == SMALL_STEPS / 2) {
                  processor.start();
                } else if (step.step() == SMALL_STEPS) {
                  processor.stop(SMALL_STEPS / 2);
                  throw new StepTimes.Measured();
                }
              }
            };
        StepOverheadSection.train(settings, spark, CLUSTER, SMALL_STEPS, listener);
        double driverOfStep = processor.seconds();
        List<Double> answers = new ArrayList<>();
        double question = driverOf(spark, ManyExecutorsSection::ask, answers);
        List<Double> fetches = new ArrayList<>();
        driverOf(spark, ManyExecutorsSection::fetch, fetches);
        int questions = 2 * CLUSTER * (CLUSTER - 1);
        double message = (driverOfStep - questions * question) / (MEETINGS * CLUSTER);
        return new ExecutorModel.Costs(
            computation, deviation, question, mean(answers), Math.max(0, message), mean(fetches));
      }
    }
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  /** The time that this process's threads run. */
  private static final class Processor {
    private final OperatingSystemMXBean system =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private long from;
    private double seconds;

    void start() {
      from = system.getProcessCpuTime();
    }

    void stop(int parts) {
      seconds = (system.getProcessCpuTime() - from) * 1e-9 / parts;
    }

    double seconds() {
      return seconds;
    }
  }

  /** Seconds of each of many calls in one executor, where those of all executors are known. */
  private interface Calls extends java.io.Serializable {
    double seconds(List<BlockManagerId> places) throws Exception;
  }

  /**
   * @param seconds receives those of one call in each executor
   * @return the driver's for one call
   */
  private static double driverOf(SparkSession spark, Calls calls, List<Double> seconds) {
    JavaRDD<Integer> parts =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .parallelize(IntStream.range(0, CLUSTER).boxed().toList(), CLUSTER);
    List<BlockManagerId> places = new ArrayList<>(parts.map(part -> offer()).collect());
    parts.map(part -> calls.seconds(places)).collect();
    Processor empty = new Processor();
    empty.start();
    parts.map(part -> 0.0).collect();
    empty.stop(CLUSTER * CALLS);
    Processor processor = new Processor();
    processor.start();
    seconds.addAll(parts.map(part -> calls.seconds(places)).collect());
    processor.stop(CLUSTER * CALLS);
    return processor.seconds() - empty.seconds();
  }

  private static BlockId block(int part) {
    return BlockId.apply("test_" + part);
  }

  /** Keeps a small block that the others may fetch, and says where. */
  private static BlockManagerId offer() {
    BlockManager blocks = SparkEnv.get().blockManager();
    blocks.putBytes(
        block(TaskContext.getPartitionId()),
        new ChunkedByteBuffer(ByteBuffer.allocate(8)),
        StorageLevel.MEMORY_ONLY_SER(),
        false,
        ClassTag.Any());
    return blocks.blockManagerId();
  }

  private static double ask(List<BlockManagerId> places) {
    long start = System.nanoTime();
    for (int i = 0; i < CALLS; i++) {
      SparkEnv.get().blockManager().master().getLocations(block(-1));
    }
    return (System.nanoTime() - start) * 1e-9 / CALLS;
  }

  private static double fetch(List<BlockManagerId> places) throws Exception {
    BlockManager blocks = SparkEnv.get().blockManager();
    int from = (places.indexOf(blocks.blockManagerId()) + 1) % places.size();
    BlockManagerId place = places.get(from);
    long start = System.nanoTime();
    for (int i = 0; i < CALLS; i++) {
      blocks
          .blockTransferService()
          .fetchBlockSync(place.host(), place.port(), place.executorId(), block(from).name(), null);
    }
    return (System.nanoTime() - start) * 1e-9 / CALLS;
  }
}
