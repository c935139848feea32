package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.nn.abstractnn.AbstractCriterion;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.AbstractModule;
import com.intel.analytics.bigdl.dllib.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.dllib.optim.DistriOptimizer;
import com.intel.analytics.bigdl.dllib.optim.OptimMethod;
import com.intel.analytics.bigdl.dllib.utils.Engine;
import com.intel.analytics.bigdl.dllib.utils.Engine$;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.parameter.GradientSlots;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.engine.cluster.NativeLibraries;
import io.taskweave.engine.cluster.SampleSize;
import io.taskweave.engine.cluster.TrainingMemory;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.training.TrainingCourse.Restored;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.CollectionAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.immutable.Map;

/**
 * Trains with BigDL's own synchronous optimizer, without compression. One call of the optimizer
 * covers all epochs: what happens between them runs in its end trigger, on the driver.
 */
public final class StockTrainer implements Trainer {
  private static final Logger LOG = LoggerFactory.getLogger(StockTrainer.class);
  private static final String STORAGE_SHARE = "spark.memory.fraction";
  private static final double STORAGE_SHARE_DEFAULT = 0.6;

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
    try {
      return new Training(spark, plan, data, runFolder, listener).run(resume);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot train: files of " + runFolder, e);
    } catch (Exception e) {
      throw TrainingCluster.reason(e);
    }
  }

  /** One training from start to end. */
  private static final class Training {
    private final SparkSession spark;
    private final SparkContext context;
    private final Configuration hadoop;
    private final TrainingPlan plan;
    private final TrainingData data;
    private final Path run;
    private final TrainingListener listener;
    private final ParameterLayout parameters;

    Training(
        SparkSession spark,
        TrainingPlan plan,
        TrainingData data,
        Path run,
        TrainingListener listener) {
      this.spark = spark;
      this.context = spark.sparkContext();
      this.hadoop = context.hadoopConfiguration();
      this.plan = plan;
      this.data = data;
      this.run = run;
      this.listener = listener;
      this.parameters = plan.model().create(plan.layout()).parameters();
    }

    TrainingOutcome run(boolean resume) throws IOException {
      TrainingSettings.check(context.getConf(), parameters.size());
      NativeLibraries.load();
      Engine.init();
      int executors = Engine$.MODULE$.nodeNumber();
      int cores = Engine$.MODULE$.coreNumber();
      new TrainingCluster(executors, cores).check(plan);
      SlotLayout layout = plan.slots(parameters, executors);
      TrainingSettings.check(context.getConf(), layout.slots().size());
      SortedMap<String, String> planText = TrainingCourse.planText(plan);
      Optional<Restored> restored =
          resume ? TrainingCourse.latest(hadoop, run, planText) : Optional.empty();
      float[] weights =
          restored.isPresent()
              ? RunFiles.readWeights(
                  hadoop, new Path(restored.get().folder(), RunFiles.WEIGHTS), parameters)
              : plan.initialWeights().values(hadoop, parameters, plan.seed());
      reserveMemory(layout, cores);
      JavaRDD<StreamPartition> streams =
          StreamLoader.load(data.train(), data.histories(), plan, executors);
      try (ValidationData validation =
          new ValidationData(spark, plan, data.validation(), data.histories())) {
        listener.products(TrainingCluster.products(streams));
        CollectionAccumulator<StepPart> reported = new CollectionAccumulator<>();
        context.register(reported, "taskweave steps");
        GradientProcessor processor =
            new GradientProcessor(
                WeightRoles.of(layout, plan.layout().tasks().size(), plan.taskGradients()),
                plan,
                reported);
        TrainingCourse course =
            TrainingCourse.start(
                hadoop,
                plan,
                streams,
                validation,
                parameters.size(),
                run,
                restored.map(Restored::state),
                planText,
                listener);
        TrainingCluster.requireCached(streams);
        if (!course.finished()) {
          if (restored.isEmpty()) {
            RunFiles.clear(hadoop, run);
          }
          RunFiles.writeModel(
              hadoop, RunFiles.best(run), new ModelFile(plan.model(), plan.layout()));
          TrainingLoop loop =
              new TrainingLoop(
                  context,
                  plan,
                  layout,
                  course,
                  validation,
                  processor,
                  reported,
                  new DominanceReport(plan, parameters, course.stepsPerEpoch(), listener));
          optimize(streams, layout, weights, restored, processor, loop);
        }
        return course.outcome();
      } finally {
        streams.unpersist(false);
      }
    }

    private void reserveMemory(SlotLayout layout, int cores) {
      TrainingMemory memory =
          TrainingMemory.of(
              layout,
              plan.optimizer(),
              plan.layout(),
              SampleSize.of(plan.layout(), data.train(), data.histories()),
              SampleSize.of(plan.layout(), data.validation(), data.histories()),
              plan.batchSize(),
              ValidationData.BLOCK_ROWS,
              cores,
              DominanceMeter.bytes(plan, layout),
              context.getConf());
      listener.memory(memory);
      memory.check(context.getConf().getDouble(STORAGE_SHARE, STORAGE_SHARE_DEFAULT));
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private void optimize(
        JavaRDD<StreamPartition> streams,
        SlotLayout layout,
        float[] weights,
        Optional<Restored> restored,
        GradientProcessor processor,
        TrainingLoop loop) {
      AbstractModule<Activity, Activity, Float> module =
          new ModelModule(plan, layout.slots().parts(), layout.vector(weights));
      AbstractCriterion<Activity, Activity, Float> criterion =
          new LossCriterion(plan.layout().tasks().size());
      DistriOptimizer<Float> optimizer =
          new DistriOptimizer<>(
              module,
              new StreamDataSet(streams, plan.batchSize(), plan.seed()),
              criterion,
              Tensors.FLOAT,
              Tensors.numeric());
      DominanceMeter.Source meterSource = new DominanceMeter.Source(plan, layout.slots().parts());
      optimizer.setCompressType("none");
      long stepsDone = restored.map(Restored::state).map(LoopState::step).orElse(0L);
      optimizer.setOptimMethod(method(meterSource, layout.slots(), stepsDone, null));
      optimizer.setEndWhen(loop);
      ((scala.collection.mutable.ArrayBuffer) optimizer.parameterProcessors()).$plus$eq(processor);
      Set<Integer> cachedBefore =
          JavaSparkContext.fromSparkContext(context).getPersistentRDDs().keySet();
      if (restored.isPresent()) {
        JavaRDD<Map<String, OptimMethod<Float>>> methods =
            restored(streams, restored.get(), layout.slots(), meterSource);
        methods.cache();
        methods.count();
        optimizer.reserveOptim(true);
        optimizer.previousOptim_$eq((RDD) methods.rdd());
      }
      try {
        optimizer.optimize();
      } catch (Exception e) {
        throw loop.failure().orElseGet(() -> TrainingCluster.reason(e));
      } finally {
        // BigDL forgets its own where training fails or goes on from earlier methods.
        JavaSparkContext.fromSparkContext(context)
            .getPersistentRDDs()
            .forEach(
                (id, rdd) -> {
                  if (!cachedBefore.contains(id)) {
                    rdd.unpersist(false);
                  }
                });
        removeBlocks(streams);
      }
      loop.failure()
          .ifPresent(
              failure -> {
                throw failure;
              });
    }

    private static void removeBlocks(JavaRDD<StreamPartition> streams) {
      try {
        ExchangeBlocks.remove(streams);
      } catch (Exception e) {
        // The training's own end, good or bad, matters more.
        LOG.warn("Cannot remove the blocks of a training, they stay until Spark ends", e);
      }
    }

    private static AdaTaskOptimMethod method(
        DominanceMeter.Source meterSource,
        GradientSlots slots,
        long stepsDone,
        float[][] accumulators) {
      return new AdaTaskOptimMethod(
          meterSource.plan().optimizer(),
          slots,
          step -> StepProperties.received().learningRate(),
          meterSource,
          stepsDone,
          accumulators);
    }

    private static JavaRDD<Map<String, OptimMethod<Float>>> restored(
        JavaRDD<StreamPartition> streams,
        Restored restored,
        GradientSlots slots,
        DominanceMeter.Source meterSource) {
      String checkpoint = restored.folder().toString();
      int files = restored.state().partitions();
      long stepsDone = restored.state().step();
      return streams.mapPartitionsWithIndex(
          (partition, ignored) -> {
            float[][] accumulators =
                OptimizerFiles.read(
                    SparkHadoopUtil.get().conf(),
                    new Path(checkpoint),
                    files,
                    meterSource.plan().optimizer(),
                    slots,
                    partition);
            OptimMethod<Float> method = method(meterSource, slots, stepsDone, accumulators);
            Map<String, OptimMethod<Float>> map = new Map.Map1<>(ModelModule.NAME, method);
            return List.of(map).iterator();
          },
          true);
    }
  }
}
