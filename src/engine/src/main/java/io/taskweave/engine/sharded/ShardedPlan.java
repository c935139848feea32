package io.taskweave.engine.sharded;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.TableDecay;
import io.taskweave.core.update.UpdateRule;
import io.taskweave.core.weighting.LossWeighting;
import io.taskweave.engine.training.TrainingCourse;
import io.taskweave.engine.training.TrainingPlan;
import java.io.Serializable;
import java.util.List;
import java.util.SortedMap;

/**
 * A plan and how this engine carries it out.
 *
 * @param lifetime from when on and until when an id has a row
 * @param executors their number; each holds a part of the training
 * @param cores of each, a thread and a shard a core
 */
record ShardedPlan(
    TrainingPlan training, RowUpdates updates, RowLifetime lifetime, int executors, int cores)
    implements Serializable {
  /**
   * @throws ConfigurationException if the plan needs what these row updates cannot give
   */
  void check() {
    if (updates != RowUpdates.DENSE && training.decay().kind() == TableDecay.Kind.FULL) {
      throw new ConfigurationException(
          "Cannot train: the L2 term of kind full moves every row in every step, which row updates"
              + " of kind "
              + updates.text()
              + " do not, set training.table-l2.kind to touched or none, or training.row-updates"
              + " to dense");
    }
    if (updates == RowUpdates.CATCH_UP
        && rule() instanceof Adam adam
        && adam.beta1() > MissedSteps.LARGEST_BETA1) {
      throw new ConfigurationException(
          "Cannot train: with a beta1 above "
              + MissedSteps.LARGEST_BETA1
              + " a row that catches up repeats thousands of steps ("
              + adam.beta1()
              + "), set training.row-updates to lazy or dense, or training.optimizer.beta1 lower");
    }
    if (updates == RowUpdates.DENSE && (lifetime.admits() || lifetime.evicts())) {
      throw new ConfigurationException(
          "Cannot train: row updates of kind dense move every row in every step, also those that"
              + " wait or leave (training.rows.minimum-count "
              + lifetime.minimumCount()
              + ", training.rows.unseen-epochs "
              + lifetime.unseenEpochs()
              + "), set training.row-updates to lazy or catch-up");
    }
  }

  /** What decides the weights, for checkpoints to be told apart. */
  SortedMap<String, String> text() {
    SortedMap<String, String> text = TrainingCourse.planText(training);
    text.put("row updates", updates.text());
    text.put("row lifetime", lifetime.toString());
    return text;
  }

  ParameterLayout parameters() {
    return training.model().create(training.layout()).parameters();
  }

  /** The rule that every weight is updated by. */
  UpdateRule rule() {
    return training.optimizer().rule();
  }

  /** Whether each task takes its own step by what it shares with others. */
  boolean perTask() {
    return training.optimizer().perTask();
  }

  /** Gradients of a weight that several tasks reach; 1 for their sum. */
  int gradientsApart() {
    return training.taskGradients() ? tasks() : 1;
  }

  /** Values of each accumulator for such a weight. */
  int statesApart() {
    return perTask() ? tasks() : 1;
  }

  int tasks() {
    return training.layout().tasks().size();
  }

  /** Whether a step's gradients are combined or clipped, by what all executors know together. */
  boolean transforms() {
    return training.clipping().active() || training.combination().needsProducts();
  }

  /** Products of gradients, none added yet. */
  StepProducts products() {
    return new StepProducts(training.combination(), training.clipping(), tasks());
  }

  GradientTransform transform(StepProducts products, long step) {
    long seed = CounterRandom.mix(training.seed(), CounterRandom.hash("combination"));
    return products.transform(CounterRandom.mix(seed, step));
  }

  GradientTransform untransformed() {
    return GradientTransform.identity(tasks());
  }

  /** Factor of each task's step; empty for 1 each. */
  float[] stepWeights() {
    float[] weights = new float[training.optimizer().stepWeights().size()];
    for (int task = 0; task < weights.length; task++) {
      weights[task] = training.optimizer().stepWeights().get(task).floatValue();
    }
    return weights;
  }

  List<RowLayout> tables() {
    return RowLayout.of(
        parameters(), gradientsApart(), statesApart(), rule().accumulators().size());
  }

  /** Whether a step's loss weights are known without the steps before it. */
  boolean stepsAreKnownAhead() {
    return training.weighting() instanceof LossWeighting.Fixed;
  }

  int shards() {
    return executors * cores;
  }
}
