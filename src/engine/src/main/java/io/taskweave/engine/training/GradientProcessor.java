package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.optim.DistriOptimizer;
import com.intel.analytics.bigdl.dllib.optim.Metrics;
import com.intel.analytics.bigdl.dllib.optim.parameters.AllReduceParameter;
import com.intel.analytics.bigdl.dllib.optim.parameters.ParameterProcessor;
import com.intel.analytics.bigdl.dllib.tensor.TensorNumericMath.TensorNumeric;
import com.intel.analytics.bigdl.dllib.utils.Table;
import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.GradientCombination;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.update.TableDecay;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.util.CollectionAccumulator;

/**
 * Between the sum of gradients and the update: adds the L2 term of the tables, combines and clips
 * the tasks' gradients, and reports what the driver wants to know of the step. With one partition
 * this needs no job of its own.
 */
final class GradientProcessor implements ParameterProcessor {
  private static final long serialVersionUID = 1;
  private static final String TRANSFORM = "taskweaveTransform";

  private final WeightRoles roles;
  private final TableDecay decay;
  private final boolean stepPerTask;
  private final GradientCombination combination;
  private final GradientClipping clipping;
  private final long seed;
  private final boolean measuresSlots;
  private final CollectionAccumulator<StepPart> parts;
  private transient RDD<?> models;
  private transient AllReduceParameter<?> parameters;
  private transient BurstPass next;

  GradientProcessor(WeightRoles roles, TrainingPlan plan, CollectionAccumulator<StepPart> parts) {
    ParameterProcessor.$init$(this);
    this.roles = roles;
    this.decay = plan.decay();
    this.stepPerTask = plan.optimizer().perTask();
    this.combination = plan.combination();
    this.clipping = plan.clipping();
    this.seed = CounterRandom.mix(plan.seed(), CounterRandom.hash("combination"));
    this.measuresSlots = plan.alwaysMeasured() && !stepPerTask;
    this.parts = parts;
  }

  /** On the driver, before each pass. */
  void next(BurstPass pass) {
    next = pass;
  }

  /** Executors' caches of the running optimizer; on the driver, from the first step on. */
  RDD<?> models() {
    return models;
  }

  AllReduceParameter<?> parameters() {
    return parameters;
  }

  private boolean transforms() {
    return clipping.active() || combination.needsProducts();
  }

  private boolean hasJob() {
    return transforms() && roles.slots().parts() > 1;
  }

  private GradientTransform transform(GradientProducts products, Table state) {
    long step = ((Number) state.<Object>apply(AdaTaskOptimMethod.NEXT_STEP)).longValue();
    return GradientTransform.of(combination, clipping, products, CounterRandom.mix(seed, step));
  }

  @Override
  public <T> void collectGlobalData(
      RDD<DistriOptimizer.Cache<T>> cached,
      AllReduceParameter<T> flat,
      Metrics metrics,
      Table state,
      TensorNumeric<T> numeric) {
    models = cached;
    parameters = flat;
    if (hasJob() && !next.probe()) {
      int clones = ((Number) state.<Object>apply("numFinishedModel")).intValue();
      GradientProducts whole = new GradientProducts(roles.tasks());
      products(cached, flat, clones).forEach(whole::add);
      state.update(TRANSFORM, transform(whole, state));
      state.update("isGradientUpdated", true);
    }
  }

  private <T> List<GradientProducts> products(
      RDD<DistriOptimizer.Cache<T>> cached, AllReduceParameter<T> flat, int clones) {
    return cached
        .toJavaRDD()
        .mapPartitions(
            caches -> {
              flat.aggregateGradientPartition(clones);
              GradientPart part = part(flat);
              measure(part, caches.next());
              return List.of(products(part)).iterator();
            })
        .collect();
  }

  private GradientProducts products(GradientPart part) {
    part.decaySummedTables(decay);
    return part.products(combination.needsProducts() || clipping.needsProducts());
  }

  @Override
  public <T> void processParameters(
      AllReduceParameter<T> flat,
      DistriOptimizer.Cache<T> cache,
      Table state,
      TensorNumeric<T> numeric) {
    GradientPart part = part(flat);
    BurstPass pass = BurstPass.received();
    if (pass.probe() || !hasJob()) {
      measure(part, cache);
    }
    if (pass.probe()) {
      return;
    }
    report(part, cache);
    if (stepPerTask) {
      part.shrinkTables(decay, StepProperties.received().learningRate());
    }
    if (transforms()) {
      GradientTransform transform =
          hasJob()
              ? (GradientTransform) state.<Object>apply(TRANSFORM)
              : transform(products(part), state);
      part.transform(transform);
      if (pass.measured()) {
        meter(cache).scale(transform.factor(0));
      }
    } else {
      part.decaySummedTables(decay);
    }
    if (measuresSlots) {
      meter(cache).takeSlots(part.gradients(), part.gradientOffset());
    }
    if (!stepPerTask) {
      part.decayBesideTasks(decay);
    }
  }

  /** What a burst wants of the gradient, before anything that belongs to no task comes in. */
  private static void measure(GradientPart part, DistriOptimizer.Cache<?> cache) {
    BurstPass pass = BurstPass.received();
    if (!pass.measured()) {
      return;
    }
    DominanceMeter meter = meter(cache);
    if (pass.starts()) {
      meter.start();
    }
    if (pass.probe()) {
      meter.takeTask(pass.probedTask(), part.gradients(), part.gradientOffset());
    } else {
      meter.takeSum(part.gradients(), part.gradientOffset());
    }
  }

  private static DominanceMeter meter(DistriOptimizer.Cache<?> cache) {
    return ((AdaTaskOptimMethod) cache.optimMethods().apply(ModelModule.NAME)).meter();
  }

  private void report(GradientPart part, DistriOptimizer.Cache<?> cache) {
    double[] sums = new double[roles.tasks()];
    for (Object criterion : cache.localCriterions()) {
      double[] clone = ((LossCriterion) criterion).lossByTask();
      for (int task = 0; task < clone.length; task++) {
        sums[task] += clone[task];
      }
    }
    parts.add(new StepPart(part.index(), sums, part.lastSharedSquares()));
  }

  private GradientPart part(AllReduceParameter<?> flat) {
    return new GradientPart(
        roles,
        TaskContext.getPartitionId(),
        Tensors.array(flat.weightPartition()),
        Tensors.offset(flat.weightPartition()),
        Tensors.array(flat.gradientPartition()),
        Tensors.offset(flat.gradientPartition()));
  }
}
