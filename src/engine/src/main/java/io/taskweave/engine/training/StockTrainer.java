package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.nn.abstractnn.AbstractCriterion;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.AbstractModule;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.dllib.optim.DistriOptimizer;
import com.intel.analytics.bigdl.dllib.optim.OptimMethod;
import com.intel.analytics.bigdl.dllib.utils.Engine;
import com.intel.analytics.bigdl.dllib.utils.Engine$;
import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.engine.cluster.TrainingSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.CollectionAccumulator;
import scala.collection.immutable.Map;

/**
 * Trains with BigDL's own synchronous optimizer, without compression. One call of the optimizer
 * covers all epochs: what happens between them runs in its end trigger, on the driver.
 */
public final class StockTrainer implements Trainer {
  /** Weights, gradients of two threads, exchange blocks, moments and copies in one process. */
  private static final long BYTES_PER_PARAMETER = 60;

  private final SparkSession spark;

  public StockTrainer(SparkSession spark) {
    this.spark = spark;
  }

  @Override
  public TrainingOutcome train(
      TrainingPlan plan,
      TrainingData data,
      Path runFolder,
      boolean resume,
      TrainingListener listener) {
    SparkContext context = spark.sparkContext();
    Configuration hadoop = context.hadoopConfiguration();
    ParameterLayout layout = plan.model().create(plan.layout()).parameters();
    TrainingSettings.check(context.getConf(), layout.size());
    Engine.init();
    int partitions = Engine$.MODULE$.nodeNumber();
    check(plan, partitions, Engine$.MODULE$.coreNumber(), layout.size());
    JavaRDD<StreamPartition> streams = StreamLoader.load(data.train(), plan, partitions);
    try (ValidationData validation = new ValidationData(spark, plan, data.validation())) {
      Optional<Path> checkpoint = resume ? RunFiles.latest(hadoop, runFolder) : Optional.empty();
      Optional<LoopState> restored = Optional.empty();
      float[] weights;
      if (checkpoint.isPresent()) {
        LoopState state = RunFiles.readState(hadoop, checkpoint.get());
        if (!state.plan().equals(TrainingLoop.planText(plan))) {
          throw new CheckpointException(
              "Cannot resume from "
                  + checkpoint.get()
                  + ": it belongs to another plan ("
                  + state.plan()
                  + ", now "
                  + TrainingLoop.planText(plan)
                  + "), train under another run name");
        }
        restored = Optional.of(state);
        weights =
            RunFiles.readWeights(hadoop, new Path(checkpoint.get(), RunFiles.WEIGHTS), layout);
      } else {
        weights = layout.initialValues(plan.seed());
      }
      CollectionAccumulator<StepPart> losses = new CollectionAccumulator<>();
      context.register(losses, "taskweave losses");
      GradientProcessor processor =
          new GradientProcessor(
              Slice.Tables.of(plan.model(), plan.layout()),
              plan.decay(),
              plan.clipNorm(),
              partitions,
              losses);
      TrainingLoop loop =
          new TrainingLoop(
              context, plan, layout, streams, validation, runFolder, processor, losses, listener);
      loop.start(restored);
      if (!loop.finished()) {
        RunFiles.writeModel(
            hadoop, new Path(runFolder, "best"), new ModelFile(plan.model(), plan.layout()));
        optimize(plan, layout, streams, weights, restored, checkpoint, processor, loop);
      }
      return loop.outcome();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot train: files of " + runFolder, e);
    } finally {
      streams.unpersist(false);
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static void optimize(
      TrainingPlan plan,
      ParameterLayout layout,
      JavaRDD<StreamPartition> streams,
      float[] weights,
      Optional<LoopState> restored,
      Optional<Path> checkpoint,
      GradientProcessor processor,
      TrainingLoop loop) {
    AbstractModule<Activity, Activity, Float> module =
        new ModelModule(plan.model(), plan.layout(), layout, weights);
    AbstractCriterion<Activity, Activity, Float> criterion =
        new LossCriterion(plan.layout().tasks().size());
    DistriOptimizer<Float> optimizer =
        new DistriOptimizer<>(
            module,
            new StreamDataSet(streams, plan.batchSize(), plan.seed()),
            criterion,
            Tensors.FLOAT,
            Tensors.numeric());
    optimizer.setCompressType("none");
    optimizer.reserveOptim(true);
    long stepsDone = restored.map(LoopState::step).orElse(0L);
    optimizer.setOptimMethod(new AdamMethod(plan.adam(), stepsDone, null, null));
    optimizer.setEndWhen(loop);
    ((scala.collection.mutable.ArrayBuffer) optimizer.parameterProcessors()).$plus$eq(processor);
    JavaRDD<Map<String, OptimMethod<Float>>> methods = null;
    if (checkpoint.isPresent()) {
      methods =
          restored(
              streams,
              checkpoint.get().toString(),
              restored.orElseThrow().partitions(),
              layout.size(),
              plan.adam(),
              stepsDone);
      methods.cache();
      methods.count();
      optimizer.previousOptim_$eq((RDD) methods.rdd());
    }
    try {
      optimizer.optimize();
    } catch (RuntimeException e) {
      throw loop.failure().orElse(e);
    } finally {
      if (methods != null) {
        methods.unpersist(false);
      }
      RDD<?> reserved = optimizer.previousOptim();
      if (reserved != null) {
        reserved.unpersist(false);
      }
    }
    loop.failure()
        .ifPresent(
            failure -> {
              throw failure;
            });
  }

  private static JavaRDD<Map<String, OptimMethod<Float>>> restored(
      JavaRDD<StreamPartition> streams,
      String checkpoint,
      int files,
      int size,
      Adam adam,
      long stepsDone) {
    int partitions = streams.getNumPartitions();
    return streams.mapPartitionsWithIndex(
        (partition, ignored) -> {
          OptimMethod<Float> method =
              OptimizerFiles.read(
                  SparkHadoopUtil.get().conf(),
                  new Path(checkpoint),
                  files,
                  size,
                  Slice.of(partition, partitions, size),
                  adam,
                  stepsDone);
          Map<String, OptimMethod<Float>> map = new Map.Map1<>(ModelModule.NAME, method);
          return List.of(map).iterator();
        },
        true);
  }

  private static void check(TrainingPlan plan, int nodes, int cores, long parameters) {
    List<String> problems = new ArrayList<>();
    if (plan.streams() < 1 || plan.streams() % (nodes * cores) != 0) {
      problems.add(
          "streams must be a multiple of executors x cores ("
              + plan.streams()
              + " streams, "
              + nodes
              + " x "
              + cores
              + ")");
    }
    if (plan.batchSize() < 1 || plan.streams() < 1 || plan.batchSize() % plan.streams() != 0) {
      problems.add(
          "batch size must be a multiple of streams ("
              + plan.batchSize()
              + ", "
              + plan.streams()
              + " streams)");
    }
    if (plan.maxEpochs() < 1 || plan.checkpointsKept() < 1 || plan.patience() < 1) {
      problems.add("epochs, patience and checkpoints kept must be at least 1");
    }
    if (!(plan.learningRate() > 0) || !(plan.clipNorm() >= 0)) {
      problems.add("learning rate must be positive and clip norm not negative");
    }
    long needed = BYTES_PER_PARAMETER * parameters;
    if (needed > Runtime.getRuntime().maxMemory()) {
      problems.add(
          parameters
              + " parameters need about "
              + (needed >> 20)
              + " MiB of heap, there are "
              + (Runtime.getRuntime().maxMemory() >> 20));
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(
          "Cannot train: " + String.join("; ", problems) + ", change the plan or the cluster");
    }
  }
}
