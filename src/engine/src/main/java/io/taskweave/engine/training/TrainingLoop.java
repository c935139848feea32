package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.optim.DistriOptimizer;
import com.intel.analytics.bigdl.dllib.optim.Trigger;
import com.intel.analytics.bigdl.dllib.optim.parameters.AllReduceParameter;
import com.intel.analytics.bigdl.dllib.utils.Table;
import io.taskweave.core.metric.ScoreHistogram;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.core.update.OptimizerSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.rdd.RDD;
import org.apache.spark.util.CollectionAccumulator;

/**
 * The driver's side of training with BigDL's optimizer. It asks before each step whether to end:
 * this completes the step before, ends an epoch where one is over, and tells the next step's tasks
 * what they need.
 */
final class TrainingLoop implements Trigger {
  private static final long serialVersionUID = 1;

  private final transient SparkContext context;
  private final transient TrainingPlan plan;
  private final transient SlotLayout layout;
  private final transient TrainingCourse course;
  private final transient ValidationData validation;
  private final transient GradientProcessor processor;
  private final transient CollectionAccumulator<StepPart> reported;
  private final transient DominanceReport dominance;
  private transient long sent;
  private transient int probed;
  private transient boolean stepping;
  private transient long stepStart;
  private transient RuntimeException failure;

  TrainingLoop(
      SparkContext context,
      TrainingPlan plan,
      SlotLayout layout,
      TrainingCourse course,
      ValidationData validation,
      GradientProcessor processor,
      CollectionAccumulator<StepPart> reported,
      DominanceReport dominance) {
    this.context = context;
    this.plan = plan;
    this.layout = layout;
    this.course = course;
    this.validation = validation;
    this.processor = processor;
    this.reported = reported;
    this.dominance = dominance;
    this.sent = course.step();
  }

  Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure);
  }

  @Override
  public boolean apply(Table driverState) {
    try {
      long next = ((Number) driverState.<Object>apply(AdaTaskOptimMethod.NEXT_STEP)).longValue();
      if (next == sent) {
        return false;
      }
      if (stepping) {
        finishStep();
        if (course.epochIsOver()) {
          if (dominance.measured()) {
            dominance.write(course, measured());
          }
          course.finishEpoch(new Collected(weights()));
          if (course.finished()) {
            return true;
          }
        }
      }
      send(course.properties(course.step() + 1));
      sent = next;
      stepStart = System.nanoTime();
      return false;
    } catch (IOException e) {
      failure = new UncheckedIOException("Cannot write files of the run", e);
      return true;
    } catch (RuntimeException e) {
      failure = e;
      return true;
    }
  }

  /** BigDL counts passes, and a step of a burst takes several. */
  private void send(StepProperties step) {
    BurstPass pass = dominance.burst().next(step.stepInEpoch(), probed);
    pass.send(context);
    (pass.probe() ? step.only(pass.probedTask()) : step).send(context);
    processor.next(pass);
    stepping = !pass.probe();
    probed = pass.probe() ? probed + 1 : 0;
  }

  private void finishStep() {
    List<StepPart> parts = new ArrayList<>(reported.value());
    reported.reset();
    parts.sort(Comparator.comparingInt(StepPart::partition));
    double[] sums = new double[plan.layout().tasks().size()];
    double[] norms = new double[sums.length];
    for (StepPart part : parts) {
      for (int task = 0; task < sums.length; task++) {
        sums[task] += part.losses()[task];
        norms[task] += part.sharedSquares()[task];
      }
    }
    Arrays.setAll(norms, task -> Math.sqrt(norms[task]));
    course.finishStep(sums, norms, (System.nanoTime() - stepStart) * 1e-9);
  }

  /** The weights on the driver, and what the rule accumulates where BigDL keeps it. */
  private final class Collected implements TrainedState {
    private final float[] weights;
    private final Configuration hadoop = context.hadoopConfiguration();

    Collected(float[] weights) {
      this.weights = weights;
    }

    @Override
    public ScoreHistogram[] validate() {
      return validation.score(weights);
    }

    @Override
    public void writeWeights(Path file) throws IOException {
      RunFiles.writeWeights(hadoop, file, layout.parameters(), weights);
    }

    @Override
    public void writeCheckpoint(Path folder) throws IOException {
      writeWeights(new Path(folder, RunFiles.WEIGHTS));
      writeAccumulators(models(), folder.toString(), plan.optimizer());
    }
  }

  @SuppressWarnings("unchecked")
  private JavaRDD<DistriOptimizer.Cache<Float>> models() {
    return ((RDD<DistriOptimizer.Cache<Float>>) processor.models()).toJavaRDD();
  }

  private List<DominanceReport.Part> measured() {
    return models()
        .mapPartitions(
            caches -> {
              AdaTaskOptimMethod method =
                  (AdaTaskOptimMethod) caches.next().optimMethods().apply(ModelModule.NAME);
              DominanceMeter meter = method.meter();
              return List.of(new DominanceReport.Part(meter.measuredSteps(), meter.summaries()))
                  .iterator();
            })
        .collect();
  }

  private static void writeAccumulators(
      JavaRDD<DistriOptimizer.Cache<Float>> models, String folder, OptimizerSpec optimizer) {
    models.foreachPartition(
        caches -> {
          AdaTaskOptimMethod method =
              (AdaTaskOptimMethod) caches.next().optimMethods().apply(ModelModule.NAME);
          OptimizerFiles.write(
              SparkHadoopUtil.get().conf(),
              RunFiles.optimizer(new Path(folder), TaskContext.getPartitionId()),
              optimizer,
              method.accumulators());
        });
  }

  private float[] weights() {
    float[] flat = new float[layout.slots().size()];
    int offset = 0;
    for (float[] slice : slices(models(), processor.parameters())) {
      System.arraycopy(slice, 0, flat, offset, slice.length);
      offset += slice.length;
    }
    return layout.values(flat);
  }

  private static List<float[]> slices(
      JavaRDD<DistriOptimizer.Cache<Float>> models, AllReduceParameter<?> parameters) {
    return models
        .mapPartitions(
            caches -> {
              Object slice = parameters.weightPartition();
              int from = Tensors.offset(slice);
              float[] values =
                  Arrays.copyOfRange(Tensors.array(slice), from, from + Tensors.size(slice));
              return List.of(values).iterator();
            })
        .collect();
  }
}
