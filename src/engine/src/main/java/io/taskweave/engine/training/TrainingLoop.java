package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.optim.DistriOptimizer;
import com.intel.analytics.bigdl.dllib.optim.Trigger;
import com.intel.analytics.bigdl.dllib.optim.parameters.AllReduceParameter;
import com.intel.analytics.bigdl.dllib.utils.Table;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.TrainingDivergedException;
import io.taskweave.core.metric.ScoreHistogram;
import io.taskweave.core.parameter.ParameterLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.rdd.RDD;
import org.apache.spark.util.CollectionAccumulator;

/**
 * The driver's side of training. BigDL asks before each step whether to end: this completes the
 * step before, ends an epoch where one is over, and tells the next step's tasks what they need.
 */
final class TrainingLoop implements Trigger {
  private static final long serialVersionUID = 1;

  private final transient SparkContext context;
  private final transient TrainingPlan plan;
  private final transient ParameterLayout layout;
  private final transient JavaRDD<StreamPartition> streams;
  private final transient ValidationData validation;
  private final transient Path run;
  private final transient GradientProcessor processor;
  private final transient CollectionAccumulator<StepPart> losses;
  private final transient TrainingListener listener;
  private transient LoopState state;
  private transient int stepsPerEpoch;
  private transient double[] epochWeights;
  private transient double[] epochLosses;
  private transient int[] epochSteps;
  private transient long sent;
  private transient long stepStart;
  private transient long epochStart;
  private transient RuntimeException failure;

  TrainingLoop(
      SparkContext context,
      TrainingPlan plan,
      ParameterLayout layout,
      JavaRDD<StreamPartition> streams,
      ValidationData validation,
      Path run,
      GradientProcessor processor,
      CollectionAccumulator<StepPart> losses,
      TrainingListener listener) {
    this.context = context;
    this.plan = plan;
    this.layout = layout;
    this.streams = streams;
    this.validation = validation;
    this.run = run;
    this.processor = processor;
    this.losses = losses;
    this.listener = listener;
  }

  /** What decides the weights, for checkpoints to be told apart. */
  static SortedMap<String, String> planText(TrainingPlan plan) {
    return new TreeMap<>(
        Map.of(
            "samples", plan.layout().toString(),
            "model", plan.model().toString(),
            "seed", Long.toString(plan.seed()),
            "batch size", Integer.toString(plan.batchSize()),
            "streams", Integer.toString(plan.streams()),
            "learning rate", Double.toString(plan.learningRate()),
            "optimizer", plan.adam().toString(),
            "table decay", plan.decay().toString(),
            "clip norm", Double.toString(plan.clipNorm()),
            "schedule", plan.schedule().toString()));
  }

  void start(Optional<LoopState> restored) {
    long[] sizes =
        streams
            .map(
                part ->
                    new long[] {part.longestStream(), part.block().rows(), part.block().bytes()})
            .reduce((a, b) -> new long[] {Math.max(a[0], b[0]), a[1] + b[1], a[2] + b[2]});
    long validationRows = validation.rows();
    if (sizes[1] == 0 || validationRows == 0) {
      throw new InputRejectedException(
          "Cannot train: no rows in a split (train "
              + sizes[1]
              + ", validation "
              + validationRows
              + "), move the boundaries of the split");
    }
    int perStream = plan.batchSize() / plan.streams();
    stepsPerEpoch = Math.toIntExact((sizes[0] + perStream - 1) / perStream);
    state =
        restored.orElseGet(
            () -> LoopState.start(planText(plan), streams.getNumPartitions(), plan.learningRate()));
    sent = state.step();
    listener.start(
        new TrainingListener.Start(
            sizes[1],
            validationRows,
            layout.size(),
            stepsPerEpoch,
            (double) sizes[2] / sizes[1] + Integer.BYTES,
            state.step()));
  }

  boolean finished() {
    return state.epoch() >= plan.maxEpochs() || state.stale() >= plan.patience();
  }

  Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure);
  }

  TrainingOutcome outcome() {
    return new TrainingOutcome(
        RunFiles.best(run),
        state.bestEpoch(),
        state.bestMeanAuc(),
        state.bestAucByTask(),
        state.bestByTask(),
        state.epoch(),
        state.step());
  }

  @Override
  public boolean apply(Table driverState) {
    try {
      long next = ((Number) driverState.<Object>apply(AdamMethod.NEXT_STEP)).longValue();
      if (next == sent) {
        return false;
      }
      if (sent > state.step()) {
        finishStep();
        if (sent % stepsPerEpoch == 0) {
          finishEpoch();
          if (finished()) {
            return true;
          }
        }
      }
      send(next);
      return false;
    } catch (IOException e) {
      failure = new UncheckedIOException("Cannot write files of the run " + run, e);
      return true;
    } catch (RuntimeException e) {
      failure = e;
      return true;
    }
  }

  private void send(long step) {
    int epoch = (int) ((step - 1) / stepsPerEpoch) + 1;
    int inEpoch = (int) ((step - 1) % stepsPerEpoch);
    int tasks = plan.layout().tasks().size();
    if (inEpoch == 0) {
      epochWeights = weights(streams, epoch, stepsPerEpoch, plan.batchSize() / plan.streams());
      epochLosses = new double[tasks];
      epochSteps = new int[tasks];
      epochStart = System.nanoTime();
    }
    int from = inEpoch * (tasks + 1);
    double[] byTask = Arrays.copyOfRange(epochWeights, from, from + tasks);
    new StepProperties(step, epoch, inEpoch, state.learningRate(), byTask).send(context);
    sent = step;
    stepStart = System.nanoTime();
  }

  /** Of every step and task, over the whole cluster: what each loss is divided by. */
  private static double[] weights(
      JavaRDD<StreamPartition> streams, int epoch, int steps, int perStream) {
    double[] sum = null;
    for (double[] part : streams.map(p -> p.weights(epoch, steps, perStream)).collect()) {
      if (sum == null) {
        sum = part;
      } else {
        for (int i = 0; i < part.length; i++) {
          sum[i] += part[i];
        }
      }
    }
    return sum;
  }

  private void finishStep() {
    List<StepPart> parts = new ArrayList<>(losses.value());
    losses.reset();
    parts.sort(Comparator.comparingInt(StepPart::partition));
    List<String> tasks = plan.layout().tasks();
    int from = (int) ((sent - 1) % stepsPerEpoch) * (tasks.size() + 1);
    SortedMap<String, Double> byTask = new TreeMap<>();
    for (int task = 0; task < tasks.size(); task++) {
      double sum = 0;
      for (StepPart part : parts) {
        sum += part.lossByTask()[task];
      }
      double weight = epochWeights[from + task];
      double loss = weight > 0 ? sum / weight : 0;
      if (!Double.isFinite(loss)) {
        throw new TrainingDivergedException(
            "Cannot go on training: the loss of task "
                + tasks.get(task)
                + " is not finite at step "
                + sent
                + " ("
                + loss
                + "), lower the learning rate or clip the gradient");
      }
      byTask.put(tasks.get(task), loss);
      epochLosses[task] += loss;
      epochSteps[task] += weight > 0 ? 1 : 0;
    }
    double seconds = (System.nanoTime() - stepStart) * 1e-9;
    listener.step(
        new TrainingListener.Step(
            sent,
            stepsPerEpoch,
            (int) ((sent - 1) / stepsPerEpoch) + 1,
            state.learningRate(),
            epochWeights[from + tasks.size()] / seconds,
            byTask));
  }

  private void finishEpoch() throws IOException {
    float[] weights = weights();
    ScoreHistogram[] scores = validation.score(weights);
    List<String> tasks = plan.layout().tasks();
    Configuration hadoop = context.hadoopConfiguration();
    int epoch = state.epoch() + 1;
    TreeMap<String, Double> auc = new TreeMap<>();
    TreeMap<String, Double> logLoss = new TreeMap<>();
    TreeMap<String, Double> trainLoss = new TreeMap<>();
    TreeMap<String, BestEpoch> bestByTask = new TreeMap<>(state.bestByTask());
    double mean = 0;
    for (int task = 0; task < tasks.size(); task++) {
      String name = tasks.get(task);
      double value = scores[task].auc();
      if (Double.isNaN(value)) {
        throw new InputRejectedException(
            "Cannot validate task "
                + name
                + ": the validation samples lack one of its classes, move the split's boundaries");
      }
      auc.put(name, value);
      logLoss.put(name, scores[task].logLoss());
      trainLoss.put(name, epochLosses[task] / Math.max(1, epochSteps[task]));
      mean += value / tasks.size();
      BestEpoch before = bestByTask.get(name);
      if (before == null || value > before.auc()) {
        bestByTask.put(name, new BestEpoch(epoch, value));
        RunFiles.writeWeights(hadoop, RunFiles.best(run, name), layout, weights);
      }
    }
    boolean improved = mean >= state.bestMeanAuc() + plan.minImprovement();
    if (improved) {
      RunFiles.writeWeights(
          hadoop, new Path(RunFiles.best(run), RunFiles.WEIGHTS), layout, weights);
    }
    double rate = state.learningRate();
    state =
        new LoopState(
            LoopState.FORMAT_VERSION,
            state.plan(),
            streams.getNumPartitions(),
            epoch,
            sent,
            plan.schedule().next(rate, epoch, improved),
            improved ? 0 : state.stale() + 1,
            improved ? epoch : state.bestEpoch(),
            improved ? mean : state.bestMeanAuc(),
            improved ? auc : state.bestAucByTask(),
            bestByTask);
    listener.epoch(
        new TrainingListener.Epoch(
            epoch,
            sent,
            rate,
            trainLoss,
            auc,
            logLoss,
            mean,
            improved,
            (System.nanoTime() - epochStart) * 1e-9));
    writeCheckpoint(hadoop, weights);
  }

  private void writeCheckpoint(Configuration hadoop, float[] weights) throws IOException {
    Path folder = RunFiles.checkpoint(run, state.step());
    folder.getFileSystem(hadoop).mkdirs(folder);
    RunFiles.writeWeights(hadoop, new Path(folder, RunFiles.WEIGHTS), layout, weights);
    writeMoments(models(), folder.toString());
    RunFiles.writeState(hadoop, folder, state);
    RunFiles.keep(hadoop, run, plan.checkpointsKept());
    listener.checkpoint(folder);
  }

  @SuppressWarnings("unchecked")
  private JavaRDD<DistriOptimizer.Cache<Float>> models() {
    return ((RDD<DistriOptimizer.Cache<Float>>) processor.models()).toJavaRDD();
  }

  private static void writeMoments(JavaRDD<DistriOptimizer.Cache<Float>> models, String folder) {
    models.foreachPartition(
        caches -> {
          AdamMethod method = (AdamMethod) caches.next().optimMethods().apply(ModelModule.NAME);
          OptimizerFiles.write(
              SparkHadoopUtil.get().conf(),
              RunFiles.optimizer(new Path(folder), TaskContext.getPartitionId()),
              method);
        });
  }

  private float[] weights() {
    float[] flat = new float[layout.size()];
    int offset = 0;
    for (float[] slice : slices(models(), processor.parameters())) {
      System.arraycopy(slice, 0, flat, offset, slice.length);
      offset += slice.length;
    }
    return flat;
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
