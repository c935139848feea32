package io.taskweave.engine.training;

import io.taskweave.core.combination.GradientClipping;
import io.taskweave.core.combination.GradientCombination;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.core.sample.SampleLayout;
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
  /** Gain of the mean validation AUC below which an epoch has not improved. */
  public static final double DEFAULT_MIN_IMPROVEMENT = 1e-6;

  /** A plan that starts with the weights of its seed. */
  public TrainingPlan(
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
      DominancePlan dominance) {
    this(
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
        new InitialWeights.Seeded());
  }

  /** The same plan with other weights to start from. */
  public TrainingPlan startingFrom(InitialWeights weights) {
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
        weights);
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
}
