package io.taskweave.core.model;

import io.taskweave.core.layer.Pass;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.BitSet;
import java.util.List;

/** What a model computes before its towers. */
interface Trunk {
  /** Elements a row of each output. */
  int outputWidth();

  /** The output that a task's tower reads. */
  int outputOf(int task);

  /** [count, outputWidth] of the last {@link #forward}. */
  float[] output(int output);

  /** [count, outputWidth], to be filled before {@link #backward}. */
  float[] outputGradient(int output);

  void forward(ParameterStorage weights, SampleBatch batch, Pass pass);

  /**
   * Adds the parameters' gradients.
   *
   * @param outputs those whose {@link #outputGradient} is filled; the others have none
   */
  void backward(
      ParameterStorage weights, SampleBatch batch, ParameterStorage gradients, BitSet outputs);

  /** As {@link MultiTaskModel#gateSources}. */
  default List<String> gateSources() {
    return List.of();
  }

  /** As {@link MultiTaskModel#addGateWeights}. */
  default void addGateWeights(GateWeights sums) {}

  /** Adds to the towers' outputs, [tasks, count]; most trunks have nothing to add. */
  default void addToOutputs(ParameterStorage weights, SampleBatch batch, float[] outputs) {}

  /**
   * Adds the gradients of what {@link #addToOutputs} added.
   *
   * @param towers those whose part of the gradients counts
   */
  default void backwardOfOutputs(
      SampleBatch batch, float[] outputGradients, ParameterStorage gradients, BitSet towers) {}
}
