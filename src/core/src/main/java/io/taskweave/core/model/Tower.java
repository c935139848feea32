package io.taskweave.core.model;

import io.taskweave.core.layer.Activation;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.layer.Perceptron;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.BitSet;
import java.util.List;

/** The last part of a model, which ends in one output a row: a task's logit, or a part of it. */
final class Tower {
  private final int task;
  private final Perceptron perceptron;

  Tower(
      ParameterRegistry registry,
      List<String> tasks,
      int task,
      int inputWidth,
      List<Integer> hiddenWidths,
      Activation activation,
      double dropout,
      BitSet reach) {
    this.task = task;
    String name = "towers/task-" + tasks.get(task);
    perceptron =
        new Perceptron(registry, name, 1, inputWidth, hiddenWidths, 1, activation, dropout, reach);
  }

  /** Writes its part of {@code logits}, [tasks, count]. */
  void forward(
      ParameterStorage weights, float[] input, SampleBatch batch, Pass pass, float[] logits) {
    perceptron.forward(weights, input, batch, pass);
    int count = batch.count();
    System.arraycopy(perceptron.output(), 0, logits, task * count, count);
  }

  void backward(
      ParameterStorage weights,
      ParameterStorage gradients,
      int count,
      float[] logitGradients,
      float keep,
      float[] inputGradient) {
    System.arraycopy(logitGradients, task * count, perceptron.outputGradient(), 0, count);
    perceptron.backward(weights, gradients, count, keep, inputGradient);
  }
}
