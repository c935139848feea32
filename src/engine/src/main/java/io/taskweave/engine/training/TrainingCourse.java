package io.taskweave.engine.training;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.TrainingDivergedException;
import io.taskweave.core.metric.ScoreHistogram;
import io.taskweave.core.weighting.LossWeights;
import io.taskweave.core.weighting.StepLosses;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;

/**
 * The course of one training, on the driver: which step comes next, what a finished step's losses
 * say, and what the end of an epoch decides. How a step is computed is none of its business.
 */
public final class TrainingCourse {
  /** Checkpoints without it are of a cold start. */
  private static final String INITIAL_WEIGHTS = "initial weights";

  /** Checkpoints without it are of one chunk. */
  private static final String CHUNKS = "sample chunks";

  private final Configuration hadoop;
  private final TrainingPlan plan;
  private final JavaRDD<? extends SampleChunks> streams;
  private final Path run;
  private final TrainingListener listener;
  private final int[] stepsByChunk;
  private final int stepsPerEpoch;
  private final LossWeights lossWeights;
  private LoopState state;
  private ChunkOrder order;
  private double[][] weightsByChunk;
  private long epochStart;

  private TrainingCourse(
      Configuration hadoop,
      TrainingPlan plan,
      JavaRDD<? extends SampleChunks> streams,
      Path run,
      TrainingListener listener,
      int[] stepsByChunk,
      LoopState state) {
    this.hadoop = hadoop;
    this.plan = plan;
    this.streams = streams;
    this.run = run;
    this.listener = listener;
    this.stepsByChunk = stepsByChunk;
    this.stepsPerEpoch = stepsPerEpoch(stepsByChunk);
    this.state = state;
    this.lossWeights =
        plan.weighting()
            .start(
                plan.layout().tasks().size(),
                plan.optimizer().rule(),
                state.lossWeights().stream().mapToDouble(Double::doubleValue).toArray());
  }

  /**
   * Counts the samples, which loads them, and tells the listener.
   *
   * @param parameters elements of all weights
   * @param restored where to go on
   * @throws InputRejectedException if a split is empty
   */
  public static TrainingCourse start(
      Configuration hadoop,
      TrainingPlan plan,
      JavaRDD<? extends SampleChunks> streams,
      ValidationData validation,
      long parameters,
      Path run,
      Optional<LoopState> restored,
      SortedMap<String, String> planText,
      TrainingListener listener) {
    SampleChunks.Sizes sizes = streams.map(SampleChunks::sizes).reduce(SampleChunks.Sizes::and);
    long validationRows = validation.rows();
    if (sizes.rows() == 0 || validationRows == 0) {
      throw new InputRejectedException(
          "Cannot train: no rows in a split (train "
              + sizes.rows()
              + ", validation "
              + validationRows
              + "), move the boundaries of the split");
    }
    int perStream = plan.batchSize() / plan.streams();
    int[] stepsByChunk =
        Arrays.stream(sizes.longestStreams())
            .map(rows -> (int) ((rows + perStream - 1L) / perStream))
            .toArray();
    LoopState state =
        restored.orElseGet(
            () -> LoopState.start(planText, streams.getNumPartitions(), plan.learningRate()));
    listener.start(
        new TrainingListener.Start(
            sizes.rows(),
            validationRows,
            parameters,
            plan.slots(plan.model().create(plan.layout()).parameters(), 1).slots().shared(),
            plan.optimizer().describe(),
            stepsPerEpoch(stepsByChunk),
            (sizes.rows() + plan.batchSize() - 1L) / plan.batchSize(),
            (double) sizes.bytes() / sizes.rows(),
            state.step()));
    if (restored.isEmpty() && plan.initialWeights() instanceof WarmStart warm) {
      listener.warmStart(warm);
    }
    return new TrainingCourse(hadoop, plan, streams, run, listener, stepsByChunk, state);
  }

  private static int stepsPerEpoch(int[] stepsByChunk) {
    return Arrays.stream(stepsByChunk).reduce(0, Math::addExact);
  }

  /** What decides the weights, for checkpoints to be told apart. */
  public static SortedMap<String, String> planText(TrainingPlan plan) {
    SortedMap<String, String> text = new TreeMap<>();
    text.put("samples", plan.layout().toString());
    text.put("model", plan.model().toString());
    text.put("seed", Long.toString(plan.seed()));
    text.put("batch size", Integer.toString(plan.batchSize()));
    text.put("streams", Integer.toString(plan.streams()));
    text.put("learning rate", Double.toString(plan.learningRate()));
    text.put("loss weighting", plan.weighting().toString());
    text.put("gradient combination", plan.combination().toString());
    text.put("clipping", plan.clipping().toString());
    text.put("optimizer", plan.optimizer().toString());
    text.put("table decay", plan.decay().toString());
    text.put("schedule", plan.schedule().toString());
    text.put(INITIAL_WEIGHTS, plan.initialWeights().toString());
    return text;
  }

  /** The same for the rows that are trained on. */
  public static SortedMap<String, String> withContent(
      SortedMap<String, String> planText, TrainingData data) {
    SortedMap<String, String> text = new TreeMap<>(planText);
    text.put("content of samples", data.content());
    return text;
  }

  /** The same for samples in several chunks, whose order depends on the number. */
  public static SortedMap<String, String> withChunks(
      SortedMap<String, String> planText, int chunks) {
    SortedMap<String, String> text = new TreeMap<>(planText);
    if (chunks > 1) {
      text.put(CHUNKS, Integer.toString(chunks));
    }
    return text;
  }

  /**
   * A complete checkpoint.
   *
   * @param folder the checkpoint's
   */
  public record Restored(Path folder, LoopState state) {
    /** Chunks of its samples. */
    public int chunks() {
      return Integer.parseInt(state.plan().getOrDefault(CHUNKS, "1"));
    }
  }

  /**
   * The run's last complete checkpoint.
   *
   * @param planText of the training that wants to go on from it
   * @throws CheckpointException if it belongs to another plan
   */
  public static Optional<Restored> latest(
      Configuration hadoop, Path run, SortedMap<String, String> planText) throws IOException {
    Optional<Path> checkpoint = RunFiles.latest(hadoop, run);
    if (checkpoint.isEmpty()) {
      return Optional.empty();
    }
    LoopState state = RunFiles.readState(hadoop, checkpoint.get());
    List<String> differences = new ArrayList<>();
    planText.forEach(
        (part, now) -> {
          String then =
              state
                  .plan()
                  .getOrDefault(
                      part,
                      part.equals(INITIAL_WEIGHTS) ? new InitialWeights.Seeded().toString() : null);
          if (!now.equals(then)) {
            differences.add(part + " was " + then + " and is " + now);
          }
        });
    if (!differences.isEmpty()) {
      throw new CheckpointException(
          "Cannot resume from "
              + checkpoint.get()
              + ": it belongs to another plan ("
              + String.join("; ", differences)
              + "), train under another run name");
    }
    return Optional.of(new Restored(checkpoint.get(), state));
  }

  public boolean finished() {
    return state.epoch() >= plan.maxEpochs() || state.stale() >= plan.patience();
  }

  /** Finished steps. */
  public long step() {
    return state.step();
  }

  public int stepsPerEpoch() {
    return stepsPerEpoch;
  }

  /** Steps from the next one to the last of its chunk. */
  public int stepsToChunkEnd() {
    openEpoch();
    int next = inEpoch(state.step() + 1);
    return order.starts()[order.position(next) + 1] - next;
  }

  /** Whether every step of the open epoch is finished. */
  public boolean epochIsOver() {
    return state.step() == (long) stepsPerEpoch * (state.epoch() + 1);
  }

  public TrainingOutcome outcome() {
    return new TrainingOutcome(
        RunFiles.best(run),
        state.bestEpoch(),
        state.bestMeanAuc(),
        state.bestAucByTask(),
        state.bestByTask(),
        state.epoch(),
        state.step());
  }

  /**
   * What the tasks of a step of the open epoch must know.
   *
   * @param step number of the step, from 1
   */
  public StepProperties properties(long step) {
    openEpoch();
    int inEpoch = inEpoch(step);
    int chunk = order.position(inEpoch);
    double[] weights = weights(inEpoch);
    return new StepProperties(
        step,
        state.epoch() + 1,
        inEpoch,
        chunk,
        inEpoch - order.starts()[chunk],
        state.learningRate(),
        Arrays.copyOf(weights, weights.length - 1),
        lossWeights.current());
  }

  private void openEpoch() {
    if (order == null) {
      order = ChunkOrder.of(plan.seed(), state.epoch() + 1, stepsByChunk);
      weightsByChunk = new double[stepsByChunk.length][];
      epochStart = System.nanoTime();
    }
  }

  /** Weights of a step's labelled rows, one a task, and the number of its rows. */
  private double[] weights(int inEpoch) {
    int chunk = order.position(inEpoch);
    if (weightsByChunk[chunk] == null) {
      weightsByChunk[chunk] =
          weights(
              streams,
              state.epoch() + 1,
              chunk,
              order.steps(chunk),
              plan.batchSize() / plan.streams());
    }
    int length = plan.layout().tasks().size() + 1;
    int from = (inEpoch - order.starts()[chunk]) * length;
    return Arrays.copyOfRange(weightsByChunk[chunk], from, from + length);
  }

  private int inEpoch(long step) {
    return Math.toIntExact(step - 1 - (long) stepsPerEpoch * state.epoch());
  }

  /** Of every step of a chunk and task, over the whole cluster: what each loss is divided by. */
  private static double[] weights(
      JavaRDD<? extends SampleChunks> streams, int epoch, int chunk, int steps, int perStream) {
    double[] sum = null;
    for (double[] part :
        streams.map(s -> s.look(epoch, chunk).weights(epoch, steps, perStream)).collect()) {
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

  /**
   * Takes in the step that follows the finished ones.
   *
   * @param lossByTask sums over the batch, neither weighted nor divided
   * @param sharedNorms norms of the tasks' gradients of the last shared layer; 0 where gradients
   *     are summed over tasks
   * @param seconds that the step took
   * @throws TrainingDivergedException if a loss is not finite
   */
  public void finishStep(double[] lossByTask, double[] sharedNorms, double seconds) {
    long step = state.step() + 1;
    List<String> tasks = plan.layout().tasks();
    double[] weights = weights(inEpoch(step));
    SortedMap<String, Double> byTask = new TreeMap<>();
    TreeMap<String, Double> sums = new TreeMap<>(state.lossSumByTask());
    TreeMap<String, Integer> steps = new TreeMap<>(state.lossStepsByTask());
    double[] means = new double[tasks.size()];
    boolean[] seen = new boolean[tasks.size()];
    for (int task = 0; task < tasks.size(); task++) {
      String name = tasks.get(task);
      double weight = weights[task];
      double loss = weight > 0 ? lossByTask[task] / weight : 0;
      if (!Double.isFinite(loss)) {
        throw new TrainingDivergedException(
            "Cannot go on training: the loss of task "
                + name
                + " is not finite at step "
                + step
                + " ("
                + loss
                + "), lower the learning rate or clip the gradient");
      }
      byTask.put(name, loss);
      sums.merge(name, loss, Double::sum);
      steps.merge(name, weight > 0 ? 1 : 0, Integer::sum);
      means[task] = loss;
      seen[task] = weight > 0;
    }
    lossWeights.observe(new StepLosses(means, seen, sharedNorms, state.learningRate(), step));
    state =
        new LoopState(
            state.formatVersion(),
            state.plan(),
            streams.getNumPartitions(),
            state.epoch(),
            step,
            sums,
            steps,
            state.learningRate(),
            state.stale(),
            state.bestEpoch(),
            state.bestMeanAuc(),
            Arrays.stream(lossWeights.state()).boxed().toList(),
            state.bestAucByTask(),
            state.bestByTask());
    listener.step(
        new TrainingListener.Step(
            step,
            stepsPerEpoch,
            state.epoch() + 1,
            state.learningRate(),
            weights[tasks.size()] / seconds,
            byTask));
  }

  /** Validates, keeps the weights if they are the best so far, and writes a checkpoint. */
  public void finishEpoch(TrainedState trained) throws IOException {
    ScoreHistogram[] scores = trained.validate();
    List<String> tasks = plan.layout().tasks();
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
      trainLoss.put(
          name, state.lossSumByTask().get(name) / Math.max(1, state.lossStepsByTask().get(name)));
      mean += value / tasks.size();
      BestEpoch before = bestByTask.get(name);
      if (before == null || value > before.auc()) {
        bestByTask.put(name, new BestEpoch(epoch, value));
        trained.writeWeights(RunFiles.best(run, name));
      }
    }
    boolean improved = mean >= state.bestMeanAuc() + plan.minImprovement();
    if (improved) {
      trained.writeWeights(new Path(RunFiles.best(run), RunFiles.WEIGHTS));
    }
    double rate = state.learningRate();
    state =
        new LoopState(
            state.formatVersion(),
            state.plan(),
            streams.getNumPartitions(),
            epoch,
            state.step(),
            new TreeMap<>(),
            new TreeMap<>(),
            plan.schedule().next(rate, epoch, improved),
            improved ? 0 : state.stale() + 1,
            improved ? epoch : state.bestEpoch(),
            improved ? mean : state.bestMeanAuc(),
            state.lossWeights(),
            improved ? auc : state.bestAucByTask(),
            bestByTask);
    order = null;
    weightsByChunk = null;
    listener.epoch(
        new TrainingListener.Epoch(
            epoch,
            state.step(),
            rate,
            trainLoss,
            auc,
            logLoss,
            mean,
            improved,
            (System.nanoTime() - epochStart) * 1e-9));
    writeCheckpoint(trained);
  }

  /** Writes a checkpoint of the finished steps; the file that completes it comes last. */
  public void writeCheckpoint(TrainedState trained) throws IOException {
    Path folder = RunFiles.checkpoint(run, state.step());
    folder.getFileSystem(hadoop).mkdirs(folder);
    trained.writeCheckpoint(folder);
    RunFiles.writeState(hadoop, folder, state);
    RunFiles.keep(hadoop, run, plan.checkpointsKept());
    listener.checkpoint(folder);
  }
}
