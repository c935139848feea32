package io.taskweave.core.model;

import io.taskweave.core.layer.Gate;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.layer.Pass;
import io.taskweave.core.layer.Perceptron;
import io.taskweave.core.layer.Vectors;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** One layer of a {@link GatingPlan}: it maps views to as many outputs as it has gates. */
final class GatingLayer {
  private final GatingPlan.Layer plan;
  private final int inputWidth;
  private final Perceptron[] experts;
  private final Gate[] gates;
  private final float[][] gateInputs;
  private final float[][] inputs;
  private final float[][] inputGradients;
  private float[] gateInputGradient = {};
  private int count;

  GatingLayer(
      ParameterRegistry registry,
      GatedSpec spec,
      GatingPlan stack,
      int layer,
      int inputWidth,
      int tasks) {
    this.plan = stack.layers().get(layer);
    this.inputWidth = inputWidth;
    String prefix = stack.layers().size() > 1 ? "layer" + layer + "/" : "";
    experts = new Perceptron[plan.groups().size()];
    for (int g = 0; g < experts.length; g++) {
      GatingPlan.Group group = plan.groups().get(g);
      experts[g] =
          new Perceptron(
              registry,
              prefix + "experts/" + group.name(),
              group.sources().size(),
              inputWidth,
              spec.expertLayers(),
              0,
              spec.dropout(),
              stack.tasksOfGroup(tasks, layer, g));
    }
    gates = new Gate[plan.gates().size()];
    for (int g = 0; g < gates.length; g++) {
      GatingPlan.Mixer mixer = plan.gates().get(g);
      List<Perceptron> read = new ArrayList<>();
      BitSet passes = new BitSet();
      for (int group : mixer.reads().stream().toArray()) {
        passes.set(read.size(), mixer.passes().get(group));
        read.add(experts[group]);
      }
      gates[g] =
          new Gate(
              registry,
              prefix + "gates/" + mixer.name(),
              inputWidth,
              spec.gateLayers(),
              spec.dropout(),
              stack.tasksOfGate(tasks, layer, g),
              read,
              passes);
    }
    int views = layer == 0 ? stack.views().size() : stack.layers().get(layer - 1).gates().size();
    gateInputs = new float[gates.length][0];
    inputs = new float[views][];
    inputGradients = new float[views][];
  }

  int outputWidth() {
    return experts[0].outputWidth();
  }

  int outputs() {
    return gates.length;
  }

  float[] output(int gate) {
    return gates[gate].output();
  }

  float[] outputGradient(int gate) {
    return gates[gate].outputGradient();
  }

  /** The array to read view {@code view} from, and the one that receives its gradient. */
  void bindInput(int view, float[] values, float[] gradient) {
    inputs[view] = values;
    inputGradients[view] = gradient;
  }

  void forward(ParameterStorage weights, SampleBatch batch, Pass pass) {
    count = batch.count();
    gateInputGradient = Vectors.atLeast(gateInputGradient, batch.capacity() * inputWidth);
    for (int g = 0; g < experts.length; g++) {
      experts[g].forward(weights, inputs[plan.groups().get(g).view()], batch, pass);
    }
    for (int g = 0; g < gates.length; g++) {
      gates[g].forward(weights, gateInput(g, batch.capacity()), batch, pass);
    }
  }

  private float[] gateInput(int gate, int capacity) {
    BitSet views = plan.gates().get(gate).looksAt();
    int first = views.nextSetBit(0);
    float[] sum = inputs[first];
    for (int v = views.nextSetBit(first + 1); v >= 0; v = views.nextSetBit(v + 1)) {
      gateInputs[gate] = Vectors.atLeast(gateInputs[gate], capacity * inputWidth);
      Vectors.sum(gateInputs[gate], sum, inputs[v], count * inputWidth);
      sum = gateInputs[gate];
    }
    return sum;
  }

  /**
   * Writes the gradients of the live inputs and adds those of the parameters on the way.
   *
   * @param outputs the gates whose {@link #outputGradient} is filled
   * @return the live inputs
   */
  BitSet backward(ParameterStorage weights, ParameterStorage gradients, BitSet outputs) {
    BitSet liveViews = plan.views(outputs);
    BitSet liveGroups = plan.groups(outputs);
    int size = count * inputWidth;
    for (int v = liveViews.nextSetBit(0); v >= 0; v = liveViews.nextSetBit(v + 1)) {
      Arrays.fill(inputGradients[v], 0, size, 0f);
    }
    for (int g = liveGroups.nextSetBit(0); g >= 0; g = liveGroups.nextSetBit(g + 1)) {
      Arrays.fill(experts[g].outputGradient(), 0, count * experts[g].stride(), 0f);
    }
    for (int g = outputs.nextSetBit(0); g >= 0; g = outputs.nextSetBit(g + 1)) {
      BitSet views = plan.gates().get(g).looksAt();
      if (views.cardinality() == 1) {
        gates[g].backward(weights, gradients, count, 1, inputGradients[views.nextSetBit(0)]);
        continue;
      }
      gates[g].backward(weights, gradients, count, 0, gateInputGradient);
      for (int v = views.nextSetBit(0); v >= 0; v = views.nextSetBit(v + 1)) {
        Vectors.add(inputGradients[v], gateInputGradient, size);
      }
    }
    for (int g = liveGroups.nextSetBit(0); g >= 0; g = liveGroups.nextSetBit(g + 1)) {
      int view = plan.groups().get(g).view();
      experts[g].backward(weights, gradients, count, 1, inputGradients[view]);
    }
    return liveViews;
  }

  /** Rows of the last forward. */
  int rows() {
    return count;
  }

  /** Adds the last forward's weights of a gate to a task's masses by source. */
  void addGateWeights(int gate, int task, GateWeights sums) {
    int candidate = 0;
    for (int group : plan.gates().get(gate).reads().stream().toArray()) {
      for (String source : plan.groups().get(group).sources()) {
        double mass = gates[gate].mass(candidate++, count);
        sums.add(task, sums.sources().indexOf(source), mass);
      }
    }
  }
}
