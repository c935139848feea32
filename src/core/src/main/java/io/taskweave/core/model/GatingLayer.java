package io.taskweave.core.model;

import io.taskweave.core.layer.Gate;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.layer.Perceptron;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * One layer of STEM-Net: all-forward, task-specific-backward gating. It maps T + 1 views (a task
 * each, and last the shared one) to as many; in the last layer the shared gate would feed nothing
 * and does not exist.
 */
final class GatingLayer {
  private final int tasks;
  private final int inputWidth;
  private final boolean addShared;
  private final GatingReach reach;
  private final Perceptron[] experts;
  private final Gate[] gates;
  private final boolean[][] passes;
  private final float[][] gateInputs;
  private final float[][] inputs;
  private final float[][] inputGradients;
  private float[] gateInputGradient = {};
  private int count;

  GatingLayer(
      ParameterRegistry registry,
      StemNetSpec spec,
      List<String> views,
      int layer,
      int inputWidth,
      GatingReach reach) {
    this.tasks = views.size() - 1;
    this.inputWidth = inputWidth;
    this.addShared = spec.gateInput() == GateInput.OWN_PLUS_SHARED;
    this.reach = reach;
    String prefix = spec.layers() > 1 ? "layer" + layer + "/" : "";
    experts = new Perceptron[tasks + 1];
    int[] members = new int[tasks + 1];
    for (int v = 0; v <= tasks; v++) {
      members[v] = v < tasks ? spec.specificExperts() : spec.sharedExperts();
      experts[v] =
          new Perceptron(
              registry,
              prefix + "experts/" + views.get(v),
              members[v],
              inputWidth,
              spec.expertLayers(),
              0,
              spec.dropout(),
              reach.tasksOfInput(v, layer, spec.layers()));
    }
    gates = new Gate[layer < spec.layers() - 1 ? tasks + 1 : tasks];
    passes = new boolean[gates.length][tasks + 1];
    for (int g = 0; g < gates.length; g++) {
      gates[g] =
          new Gate(
              registry,
              prefix + "gates/" + views.get(g),
              inputWidth,
              spec.gateLayers(),
              spec.dropout(),
              reach.tasksOfOutput(g, layer, spec.layers()),
              experts,
              members);
      for (int v = 0; v <= tasks; v++) {
        passes[g][v] = reach.passes(g, v);
      }
    }
    gateInputs = new float[tasks][0];
    inputs = new float[tasks + 1][];
    inputGradients = new float[tasks + 1][];
  }

  int outputWidth() {
    return experts[0].outputWidth();
  }

  int outputs() {
    return gates.length;
  }

  float[] output(int view) {
    return gates[view].output();
  }

  float[] outputGradient(int view) {
    return gates[view].outputGradient();
  }

  /** The array to read view {@code view} from, and the one that receives its gradient. */
  void bindInput(int view, float[] values, float[] gradient) {
    inputs[view] = values;
    inputGradients[view] = gradient;
  }

  void forward(ParameterStorage weights, SampleBatch batch, Pass pass) {
    count = batch.count();
    gateInputGradient = Vectors.atLeast(gateInputGradient, batch.capacity() * inputWidth);
    for (int v = 0; v <= tasks; v++) {
      experts[v].forward(weights, inputs[v], batch, pass);
    }
    for (int g = 0; g < gates.length; g++) {
      gates[g].forward(weights, gateInput(g, batch.capacity()), batch, pass);
    }
  }

  private float[] gateInput(int gate, int capacity) {
    if (gate == tasks || !addShared) {
      return inputs[gate];
    }
    gateInputs[gate] = Vectors.atLeast(gateInputs[gate], capacity * inputWidth);
    Vectors.sum(gateInputs[gate], inputs[gate], inputs[tasks], count * inputWidth);
    return gateInputs[gate];
  }

  /**
   * Writes the gradients of the live inputs and adds those of the parameters on the way.
   *
   * @param outputs the views whose {@link #outputGradient} is filled
   * @return the live inputs
   */
  BitSet backward(ParameterStorage weights, ParameterStorage gradients, BitSet outputs) {
    BitSet live = reach.inputs(outputs);
    int size = count * inputWidth;
    for (int v = live.nextSetBit(0); v >= 0; v = live.nextSetBit(v + 1)) {
      Arrays.fill(inputGradients[v], 0, size, 0f);
      Arrays.fill(experts[v].outputGradient(), 0, count * experts[v].stride(), 0f);
    }
    for (int g = outputs.nextSetBit(0); g >= 0; g = outputs.nextSetBit(g + 1)) {
      gates[g].backward(weights, gradients, count, passes[g], gateInputGradient);
      Vectors.add(inputGradients[g], 0, gateInputGradient, 0, size);
      if (g < tasks && addShared) {
        Vectors.add(inputGradients[tasks], 0, gateInputGradient, 0, size);
      }
    }
    for (int v = live.nextSetBit(0); v >= 0; v = live.nextSetBit(v + 1)) {
      experts[v].backward(weights, gradients, count, 1, inputGradients[v]);
    }
    return live;
  }

  void addGateWeights(GateWeights sums) {
    for (int task = 0; task < tasks; task++) {
      for (int source = 0; source <= tasks; source++) {
        sums.add(task, source, gates[task].mass(source, count));
      }
    }
    sums.addRows(count);
  }
}
