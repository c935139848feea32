package io.taskweave.core.model;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.layer.Activation;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleLayout;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;

/** A trunk and on it a tower for each task. */
final class TowerModel implements MultiTaskModel {
  private final SampleLayout samples;
  private final Trunk trunk;
  private final LogitLink link;
  private final Tower[] towers;
  private final ParameterLayout parameters;
  private final BitSet losses = new BitSet();
  private final BitSet outputs = new BitSet();

  /**
   * @param trunk registers the trunk's parameters, before those of the towers
   * @param link makes the tasks' logits of the towers' outputs
   * @param towerLayers hidden widths of each tower
   * @param activation of the towers' hidden layers
   */
  TowerModel(
      SampleLayout samples,
      Blas blas,
      Function<ParameterRegistry, Trunk> trunk,
      LogitLink link,
      List<Integer> towerLayers,
      Activation activation,
      double dropout) {
    this.samples = samples;
    ParameterRegistry registry = new ParameterRegistry(blas);
    this.trunk = trunk.apply(registry);
    int width = this.trunk.outputWidth();
    this.link = link;
    towers = new Tower[samples.tasks().size()];
    for (int task = 0; task < towers.length; task++) {
      towers[task] =
          new Tower(
              registry,
              samples.tasks(),
              task,
              width,
              towerLayers,
              activation,
              dropout,
              reach(task));
    }
    parameters = registry.layout();
  }

  /** The tasks whose loss reaches a tower. */
  private BitSet reach(int tower) {
    BitSet reach = new BitSet();
    for (int task = 0; task < towers.length; task++) {
      BitSet loss = new BitSet();
      loss.set(task);
      reach.set(task, link.towers(loss).get(tower));
    }
    return reach;
  }

  @Override
  public SampleLayout samples() {
    return samples;
  }

  @Override
  public ParameterLayout parameters() {
    return parameters;
  }

  @Override
  public void score(ParameterStorage weights, SampleBatch batch, float[] logits) {
    compute(weights, batch, Pass.SCORING, logits);
  }

  @Override
  public void forward(ParameterStorage weights, SampleBatch batch, long key, float[] logits) {
    compute(weights, batch, Pass.training(key), logits);
  }

  private void compute(ParameterStorage weights, SampleBatch batch, Pass pass, float[] logits) {
    trunk.forward(weights, batch, pass);
    for (int task = 0; task < towers.length; task++) {
      towers[task].forward(weights, trunk.output(trunk.outputOf(task)), batch, pass, logits);
    }
    trunk.addToOutputs(weights, batch, logits);
    link.forward(logits, batch.count());
  }

  @Override
  public void backward(
      ParameterStorage weights, SampleBatch batch, float[] logitGradients, Gradients gradients) {
    if (!gradients.perTask()) {
      losses.set(0, towers.length);
      backwardOfLosses(weights, batch, logitGradients, gradients.of(0));
      return;
    }
    for (int task = 0; task < towers.length; task++) {
      losses.clear();
      losses.set(task);
      backwardOfLosses(weights, batch, logitGradients, gradients.of(task));
    }
  }

  private void backwardOfLosses(
      ParameterStorage weights,
      SampleBatch batch,
      float[] logitGradients,
      ParameterStorage gradients) {
    int count = batch.count();
    float[] towerGradients = link.backward(losses, logitGradients, count);
    BitSet live = link.towers(losses);
    outputs.clear();
    for (int tower = live.nextSetBit(0); tower >= 0; tower = live.nextSetBit(tower + 1)) {
      int output = trunk.outputOf(tower);
      float keep = outputs.get(output) ? 1 : 0;
      towers[tower].backward(
          weights, gradients, count, towerGradients, keep, trunk.outputGradient(output));
      outputs.set(output);
    }
    trunk.backwardOfOutputs(batch, towerGradients, gradients, live);
    trunk.backward(weights, batch, gradients, outputs);
  }

  @Override
  public List<String> gateSources() {
    return trunk.gateSources();
  }

  @Override
  public void addGateWeights(GateWeights sums) {
    trunk.addGateWeights(sums);
  }
}
