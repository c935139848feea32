package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.optim.DistriOptimizer;
import com.intel.analytics.bigdl.dllib.optim.Metrics;
import com.intel.analytics.bigdl.dllib.optim.parameters.AllReduceParameter;
import com.intel.analytics.bigdl.dllib.optim.parameters.ParameterProcessor;
import com.intel.analytics.bigdl.dllib.tensor.TensorNumericMath.TensorNumeric;
import com.intel.analytics.bigdl.dllib.utils.Table;
import io.taskweave.core.update.TableDecay;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.util.CollectionAccumulator;

/**
 * Between the sum of gradients and the update: adds the L2 term of the tables, clips by the norm of
 * the whole gradient, and reports the losses. With one partition this needs no job of its own.
 */
final class GradientProcessor implements ParameterProcessor {
  private static final long serialVersionUID = 1;
  private static final String SQUARES = "taskweaveSquares";
  private static final double NORM_EPSILON = 1e-6;

  private final Slice.Tables tables;
  private final TableDecay decay;
  private final double clipNorm;
  private final int partitions;
  private final CollectionAccumulator<StepPart> losses;
  private transient RDD<?> models;
  private transient AllReduceParameter<?> parameters;

  GradientProcessor(
      Slice.Tables tables,
      TableDecay decay,
      double clipNorm,
      int partitions,
      CollectionAccumulator<StepPart> losses) {
    ParameterProcessor.$init$(this);
    this.tables = tables;
    this.decay = decay;
    this.clipNorm = clipNorm;
    this.partitions = partitions;
    this.losses = losses;
  }

  /** Executors' caches of the running optimizer; on the driver, from the first step on. */
  RDD<?> models() {
    return models;
  }

  AllReduceParameter<?> parameters() {
    return parameters;
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
    if (clipNorm > 0 && partitions > 1) {
      int clones = ((Number) state.<Object>apply("numFinishedModel")).intValue();
      SquareSum whole = new SquareSum();
      squares(cached, flat, clones).forEach(whole::add);
      state.update(SQUARES, whole.value());
      state.update("isGradientUpdated", true);
    }
  }

  private <T> List<SquareSum> squares(
      RDD<DistriOptimizer.Cache<T>> cached, AllReduceParameter<T> flat, int clones) {
    return cached
        .toJavaRDD()
        .mapPartitions(
            caches -> {
              flat.aggregateGradientPartition(clones);
              addDecay(flat);
              return List.of(squares(flat)).iterator();
            })
        .collect();
  }

  @Override
  public <T> void processParameters(
      AllReduceParameter<T> flat,
      DistriOptimizer.Cache<T> cache,
      Table state,
      TensorNumeric<T> numeric) {
    double squares = 0;
    if (clipNorm > 0 && partitions > 1) {
      squares = ((Number) state.<Object>apply(SQUARES)).doubleValue();
    } else {
      addDecay(flat);
      squares = clipNorm > 0 ? squares(flat).value() : 0;
    }
    double scale = clipNorm / (Math.sqrt(squares) + NORM_EPSILON);
    if (clipNorm > 0 && scale < 1) {
      float[] gradient = Tensors.array(flat.gradientPartition());
      int from = Tensors.offset(flat.gradientPartition());
      int to = from + Tensors.size(flat.gradientPartition());
      for (int i = from; i < to; i++) {
        gradient[i] *= (float) scale;
      }
    }
    double[] sums = new double[0];
    for (Object criterion : cache.localCriterions()) {
      double[] clone = ((LossCriterion) criterion).lossByTask();
      sums = sums.length == 0 ? new double[clone.length] : sums;
      for (int task = 0; task < clone.length; task++) {
        sums[task] += clone[task];
      }
    }
    losses.add(new StepPart(TaskContext.getPartitionId(), sums));
  }

  private <T> void addDecay(AllReduceParameter<T> flat) {
    Slice.of(TaskContext.getPartitionId(), partitions, tables.size())
        .decay(
            tables,
            decay,
            Tensors.array(flat.weightPartition()),
            Tensors.offset(flat.weightPartition()),
            Tensors.array(flat.gradientPartition()),
            Tensors.offset(flat.gradientPartition()));
  }

  private static <T> SquareSum squares(AllReduceParameter<T> flat) {
    SquareSum sum = new SquareSum();
    sum.add(
        Tensors.array(flat.gradientPartition()),
        Tensors.offset(flat.gradientPartition()),
        Tensors.size(flat.gradientPartition()));
    return sum;
  }
}
