package io.taskweave.core.model;

import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/**
 * A model with one logit a task, and its explicit gradient. An instance holds the work space of one
 * thread; the weights lie outside and may be shared by many.
 */
public interface MultiTaskModel {
  SampleLayout samples();

  ParameterLayout parameters();

  /**
   * Computes the logits for scoring, without dropout.
   *
   * @param logits receives [tasks, count]: the logit of row i for task t at {@code t *
   *     batch.count() + i}
   */
  void score(ParameterStorage weights, SampleBatch batch, float[] logits);

  /**
   * Computes the logits for training and keeps what {@link #backward} needs.
   *
   * @param key decides the dropout masks: same key, same masks
   * @param logits as in {@link #score}
   */
  void forward(ParameterStorage weights, SampleBatch batch, long key, float[] logits);

  /**
   * Adds to {@code gradients} the gradient of the losses of the last {@link #forward}. With {@link
   * Gradients#perTask} every task's part is computed apart for what several tasks share.
   *
   * @param logitGradients [tasks, count]: the derivative of task t's own loss by its own logits
   */
  void backward(
      ParameterStorage weights, SampleBatch batch, float[] logitGradients, Gradients gradients);

  /**
   * What the towers' gates read from, as the sources of {@link GateWeights}; none without gates.
   */
  default List<String> gateSources() {
    return List.of();
  }

  /**
   * Adds the gate weights of the last {@link #score} or {@link #forward}; models without gates add
   * nothing.
   *
   * @param sums by the sources of {@link #gateSources}
   */
  default void addGateWeights(GateWeights sums) {}
}
