package io.taskweave.engine.sharded;

import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import java.util.Arrays;
import java.util.List;

/**
 * One thread's part of a step: its rows of the batch, its replica of the model and its gradients.
 * The model sees ids that are numbered anew for this part, and tables that hold only their rows; so
 * any model trains here without knowing.
 */
final class Worker {
  private final MultiTaskModel model;
  private final int tasks;
  private final DenseGradients denseGradients;
  private final ParameterStorage weights;
  private final List<ParameterStorage> gradients;
  private final double[] lossByTask;
  private WorkerRows rows;
  private WorkerRows ahead;

  /**
   * @param denseWeights shared with all threads of this process
   * @param owners shards that own rows
   * @param looksAhead whether the next step's rows are found while this step's are needed
   */
  Worker(
      ModelSpec spec,
      SampleLayout samples,
      List<RowLayout> layouts,
      DenseLayout dense,
      float[] denseWeights,
      int owners,
      boolean looksAhead) {
    this.model = spec.create(samples);
    this.tasks = samples.tasks().size();
    this.lossByTask = new double[tasks];
    this.denseGradients = new DenseGradients(dense);
    this.gradients = denseGradients.storages(dense);
    this.rows = new WorkerRows(samples, layouts, owners);
    this.ahead = looksAhead ? new WorkerRows(samples, layouts, owners) : rows;
    this.weights = new ParameterStorage(model.parameters().count());
    dense.bindWeights(weights, denseWeights);
  }

  List<BatchTable> tables() {
    return rows.tables();
  }

  /** Of the batch that {@link #begin} was last given. */
  List<BatchTable> tablesAhead() {
    return ahead.tables();
  }

  /** Takes the samples of a step to come, and finds which rows of tables they read. */
  void begin(SampleBatch samples) {
    ahead.begin(samples);
  }

  /** Goes on to the step that was begun. */
  void advance() {
    WorkerRows done = rows;
    rows = ahead;
    ahead = done;
  }

  /**
   * Forward and backward over the rows, once all tables are served.
   *
   * @param key decides dropout
   * @param factorByTask factor of each row's gradient; 0 for a task without labels in the batch
   */
  void compute(long key, float[] factorByTask) {
    Arrays.fill(lossByTask, 0);
    List<BatchTable> tables = rows.tables();
    tables.forEach(BatchTable::clearGradients);
    SampleBatch batch = rows.batch();
    int count = batch.count();
    if (count == 0) {
      return;
    }
    float[] logits = new float[count * tasks];
    float[] logitGradients = new float[logits.length];
    tables.forEach(table -> table.bindWeights(weights));
    tables.forEach(table -> table.bindGradients(gradients));
    model.forward(weights, batch, key, logits);
    LogLoss.addLosses(batch, logits, lossByTask);
    LogLoss.gradient(batch, logits, factorByTask, logitGradients);
    model.backward(weights, batch, logitGradients, DenseGradients.of(gradients));
  }

  /** Sums over this thread's rows, not yet divided. */
  double[] lossByTask() {
    return lossByTask;
  }

  /** Adds up over the steps until it is cleared. */
  DenseGradients denseGradients() {
    return denseGradients;
  }
}
