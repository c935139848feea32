package io.taskweave.core.model;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/**
 * Who reads what in a stack of gated experts, and which loss reaches what. A layer has views (its
 * inputs), groups of experts that read one view each, and gates that mix groups. The gates' outputs
 * are the views of the next layer; those of the last go to the towers.
 *
 * @param views names of the first layer's views, which have a table a field each
 * @param layers from the bottom
 */
record GatingPlan(List<String> views, List<Layer> layers) {
  private static final String SHARED = "shared";

  GatingPlan {
    views = List.copyOf(views);
    layers = List.copyOf(layers);
  }

  /** Groups and gates of one layer. */
  record Layer(List<Group> groups, List<Mixer> gates) {
    Layer {
      groups = List.copyOf(groups);
      gates = List.copyOf(gates);
    }

    /** The groups that get a gradient if these gates' outputs have one. */
    BitSet groups(BitSet live) {
      BitSet reached = new BitSet();
      live.stream().forEach(gate -> reached.or(gates.get(gate).passes()));
      return reached;
    }

    /** The views that get a gradient if these gates' outputs have one. */
    BitSet views(BitSet live) {
      BitSet reached = new BitSet();
      live.stream().forEach(gate -> reached.or(gates.get(gate).looksAt()));
      groups(live).stream().forEach(group -> reached.set(groups.get(group).view()));
      return reached;
    }
  }

  /**
   * Experts of one shape over one view.
   *
   * @param sources for each expert the name under which reports count its weight
   */
  record Group(String name, int view, List<String> sources) {
    Group {
      sources = List.copyOf(sources);
    }
  }

  /**
   * A gate.
   *
   * @param looksAt the views whose sum is its input
   * @param reads the groups that it mixes
   * @param passes those of them to which it passes a gradient
   */
  record Mixer(String name, BitSet looksAt, BitSet reads, BitSet passes) {}

  /** What the gates of a model with a view for each task and a shared one (the last) do. */
  interface Rule {
    boolean looksAt(int gate, int view);

    boolean reads(int gate, int view);

    /** Asked only for what the gate reads. */
    boolean passes(int gate, int view);
  }

  /**
   * Layers with experts for each task and shared ones, and a gate for each. The last layer has no
   * shared gate: it would feed nothing.
   *
   * @param separateTables whether each view has tables of its own, or all read the same
   */
  static GatingPlan ofTasksAndShared(
      List<String> tasks,
      boolean separateTables,
      int layers,
      int specificExperts,
      int sharedExperts,
      Rule rule) {
    List<String> views = new ArrayList<>();
    tasks.forEach(task -> views.add("task-" + task));
    views.add(SHARED);
    List<Layer> stack = new ArrayList<>();
    for (int l = 0; l < layers; l++) {
      boolean oneView = l == 0 && !separateTables;
      List<Group> groups = new ArrayList<>();
      List<Mixer> gates = new ArrayList<>();
      for (int v = 0; v < views.size(); v++) {
        boolean shared = v == tasks.size();
        String source = shared ? SHARED : tasks.get(v);
        groups.add(
            new Group(
                views.get(v),
                oneView ? 0 : v,
                Collections.nCopies(shared ? sharedExperts : specificExperts, source)));
        if (!shared || l < layers - 1) {
          gates.add(gate(views, v, oneView, rule));
        }
      }
      stack.add(new Layer(groups, gates));
    }
    return new GatingPlan(separateTables ? views : List.of(SHARED), stack);
  }

  private static Mixer gate(List<String> views, int gate, boolean oneView, Rule rule) {
    BitSet looksAt = new BitSet();
    BitSet reads = new BitSet();
    BitSet passes = new BitSet();
    for (int v = 0; v < views.size(); v++) {
      looksAt.set(v, rule.looksAt(gate, v));
      reads.set(v, rule.reads(gate, v));
      passes.set(v, reads.get(v) && rule.passes(gate, v));
    }
    return new Mixer(views.get(gate), oneView ? first(1) : looksAt, reads, passes);
  }

  /**
   * One layer of experts that every gate reads. With separate tables there is one more than tasks,
   * as many as {@link #ofTasksAndShared} has; the experts take turns in reading them, and a gate
   * looks at the sum of all.
   *
   * @param gates their names: one for each task, or one for all
   * @param experts at least one a table
   */
  static GatingPlan ofOneMixture(
      List<String> tasks, boolean separateTables, int experts, List<String> gates) {
    List<String> views = new ArrayList<>();
    for (int v = 0; v <= tasks.size() && separateTables; v++) {
      views.add("table-" + v);
    }
    if (views.isEmpty()) {
      views.add(SHARED);
    }
    if (experts < views.size()) {
      throw ShapeCheck.refused(
          "shared-experts", experts, "at least one an embedding table (" + views.size() + ")");
    }
    List<Group> groups = new ArrayList<>();
    for (int v = 0; v < views.size(); v++) {
      List<String> sources = new ArrayList<>();
      for (int expert = v; expert < experts; expert += views.size()) {
        sources.add(separateTables ? views.get(v) : "expert-" + expert);
      }
      groups.add(new Group(views.get(v), v, sources));
    }
    BitSet all = first(views.size());
    List<Mixer> mixers = gates.stream().map(gate -> new Mixer(gate, all, all, all)).toList();
    return new GatingPlan(views, List.of(new Layer(groups, mixers)));
  }

  private static BitSet first(int count) {
    BitSet set = new BitSet();
    set.set(0, count);
    return set;
  }

  /** The gate of the last layer that a task's tower reads. */
  int outputOf(int task) {
    return last().gates().size() == 1 ? 0 : task;
  }

  private Layer last() {
    return layers.get(layers.size() - 1);
  }

  /** The sources that the last layer's gates tell apart. */
  List<String> sources() {
    return last().groups().stream().flatMap(group -> group.sources().stream()).distinct().toList();
  }

  /** The gates of layer {@code layer} that one task's loss reaches. */
  private BitSet gatesOf(int task, int layer) {
    BitSet live = new BitSet();
    live.set(outputOf(task));
    for (int l = layers.size() - 1; l > layer; l--) {
      live = layers.get(l).views(live);
    }
    return live;
  }

  /** The tasks below {@code tasks} whose loss reaches a gate. */
  BitSet tasksOfGate(int tasks, int layer, int gate) {
    BitSet reached = new BitSet();
    for (int task = 0; task < tasks; task++) {
      reached.set(task, gatesOf(task, layer).get(gate));
    }
    return reached;
  }

  /** The tasks below {@code tasks} whose loss reaches a group of experts. */
  BitSet tasksOfGroup(int tasks, int layer, int group) {
    BitSet reached = new BitSet();
    for (int task = 0; task < tasks; task++) {
      reached.set(task, layers.get(layer).groups(gatesOf(task, layer)).get(group));
    }
    return reached;
  }

  /** The tasks below {@code tasks} whose loss reaches a view of the first layer. */
  BitSet tasksOfView(int tasks, int view) {
    BitSet reached = new BitSet();
    for (int task = 0; task < tasks; task++) {
      reached.set(task, layers.get(0).views(gatesOf(task, 0)).get(view));
    }
    return reached;
  }
}
