package io.taskweave.engine.training;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.GradientCombination;
import io.taskweave.core.combination.SumOfGradients;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.weighting.LossWeighting;
import java.io.Serializable;

/**
 * What to train and how; together with the samples it decides the weights.
 *
 * @param layout fields and tasks of the samples
 * @param model shape of the model
 * @param seed decides initial weights, the order of samples and dropout
 * @param batchSize rows of a global batch; a multiple of {@code streams}
 * @param maxEpochs at most so many passes over the training samples
 * @param streams number of streams of the samples; a multiple of executors times cores
 * @param learningRate of the first epoch
 * @param weighting weights of the tasks' losses
 * @param combination what becomes of the tasks' gradients before clipping
 * @param clipping bound of the gradients; a plain rule's include the L2 term
 * @param optimizer the update rule, and whether it is applied per task
 * @param decay L2 term of the embedding tables
 * @param schedule learning rate of later epochs
 * @param patience training stops at this many epochs in a row without improvement
 * @param minImprovement smallest gain of the mean validation AUC that counts as one
 * @param checkpointsKept number of latest checkpoints that stay, at least 1
 * @param dominance what is measured beside training
 * @param initialWeights what training starts from
 */
public record TrainingPlan(
    SampleLayout layout,
    ModelSpec model,
    long seed,
    int batchSize,
    int maxEpochs,
    int streams,
    double learningRate,
    LossWeighting weighting,
    GradientCombination combination,
    GradientClipping clipping,
    OptimizerSpec optimizer,
    TableDecay decay,
    LearningRateSchedule schedule,
    int patience,
    double minImprovement,
    int checkpointsKept,
    DominancePlan dominance,
    InitialWeights initialWeights)
    implements Serializable {
  /**
   * One epoch of plain Adam on the sum of the tasks' equally weighted losses, at a rate of 0.001
   * and from the weights of seed 1; nothing is clipped, decayed or measured. The size of a batch
   * and the number of streams have no default.
   */
  public static Builder builder(SampleLayout layout, ModelSpec model) {
    return new Builder(layout, model);
  }

  /** Begins with all that this plan says. */
  public Builder toBuilder() {
    return builder(layout, model)
        .seed(seed)
        .batchSize(batchSize)
        .maxEpochs(maxEpochs)
        .streams(streams)
        .learningRate(learningRate)
        .weighting(weighting)
        .combination(combination)
        .clipping(clipping)
        .optimizer(optimizer)
        .decay(decay)
        .schedule(schedule)
        .patience(patience)
        .minImprovement(minImprovement)
        .checkpointsKept(checkpointsKept)
        .dominance(dominance)
        .initialWeights(initialWeights);
  }

  /** Whether gradients of what several tasks reach are kept apart by task. */
  public boolean taskGradients() {
    return optimizer.perTask()
        || combination.needsProducts()
        || weighting.needsNorms()
        || (clipping.active() && clipping.kind() == GradientClipping.Kind.PER_TASK);
  }

  /** Whether each step tells what every task has in it, so that dominance is always measured. */
  public boolean alwaysMeasured() {
    return dominance.enabled() && taskGradients();
  }

  /**
   * Places of the model's parameters in the flat vector.
   *
   * @param parts executors that share the vector
   */
  public SlotLayout slots(ParameterLayout parameters, int parts) {
    return taskGradients()
        ? SlotLayout.perTask(parameters, layout.tasks().size(), parts)
        : SlotLayout.summed(parameters, parts);
  }

  /** Collects a plan; what is not set has its default. */
  public static final class Builder {
    private final SampleLayout layout;
    private final ModelSpec model;
    private long seed = 1;
    private int batchSize;
    private int maxEpochs = 1;
    private int streams;
    private double learningRate = 1e-3;
    private LossWeighting weighting;
    private GradientCombination combination = new SumOfGradients();
    private GradientClipping clipping = GradientClipping.NONE;
    private OptimizerSpec optimizer = OptimizerSpec.plain(Adam.DEFAULT);
    private TableDecay decay = TableDecay.NONE;
    private LearningRateSchedule schedule = new LearningRateSchedule.Constant();
    private int patience = Integer.MAX_VALUE;
    private double minImprovement = 1e-6;
    private int checkpointsKept = 1;
    private DominancePlan dominance = DominancePlan.OFF;
    private InitialWeights initialWeights = new InitialWeights.Seeded();

    private Builder(SampleLayout layout, ModelSpec model) {
      this.layout = layout;
      this.model = model;
      this.weighting = LossWeighting.Fixed.equal(layout.tasks().size());
    }

    public Builder seed(long value) {
      seed = value;
      return this;
    }

    public Builder batchSize(int value) {
      batchSize = value;
      return this;
    }

    public Builder maxEpochs(int value) {
      maxEpochs = value;
      return this;
    }

    public Builder streams(int value) {
      streams = value;
      return this;
    }

    public Builder learningRate(double value) {
      learningRate = value;
      return this;
    }

    public Builder weighting(LossWeighting value) {
      weighting = value;
      return this;
    }

    public Builder combination(GradientCombination value) {
      combination = value;
      return this;
    }

    public Builder clipping(GradientClipping value) {
      clipping = value;
      return this;
    }

    public Builder optimizer(OptimizerSpec value) {
      optimizer = value;
      return this;
    }

    public Builder decay(TableDecay value) {
      decay = value;
      return this;
    }

    public Builder schedule(LearningRateSchedule value) {
      schedule = value;
      return this;
    }

    public Builder patience(int value) {
      patience = value;
      return this;
    }

    public Builder minImprovement(double value) {
      minImprovement = value;
      return this;
    }

    public Builder checkpointsKept(int value) {
      checkpointsKept = value;
      return this;
    }

    public Builder dominance(DominancePlan value) {
      dominance = value;
      return this;
    }

    public Builder initialWeights(InitialWeights value) {
      initialWeights = value;
      return this;
    }

    public TrainingPlan build() {
      return new TrainingPlan(
          layout,
          model,
          seed,
          batchSize,
          maxEpochs,
          streams,
          learningRate,
          weighting,
          combination,
          clipping,
          optimizer,
          decay,
          schedule,
          patience,
          minImprovement,
          checkpointsKept,
          dominance,
          initialWeights);
    }
  }
}
