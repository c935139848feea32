package io.taskweave.core.dominance;

import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What dominance is reported of: the parameters that several tasks reach, in the order of the
 * model. A table is a group of its own, the weight and the bias of a layer are one.
 */
public final class MeasuredGroups {
  private final List<String> names;
  private final List<BitSet> tasks;

  private MeasuredGroups(List<String> names, List<BitSet> tasks) {
    this.names = List.copyOf(names);
    this.tasks = List.copyOf(tasks);
  }

  public static MeasuredGroups of(ParameterLayout layout) {
    List<String> names = new ArrayList<>();
    List<BitSet> tasks = new ArrayList<>();
    for (Parameter parameter : layout.parameters()) {
      if (!parameter.shared()) {
        continue;
      }
      int group = names.indexOf(name(parameter));
      if (group < 0) {
        group = names.size();
        names.add(name(parameter));
        tasks.add(new BitSet());
      }
      tasks.get(group).or(parameter.tasks());
    }
    return new MeasuredGroups(names, tasks);
  }

  /** A layer is named by its folder, a table by itself. */
  private static String name(Parameter parameter) {
    String name = parameter.name();
    int folder = name.lastIndexOf('/');
    return parameter.isTable() || folder < 0 ? name : name.substring(0, folder);
  }

  /** Such as {@code experts/shared/linear0}. */
  public List<String> names() {
    return names;
  }

  /** Index into {@link #names} of the group that a shared parameter is in. */
  public int of(Parameter parameter) {
    return names.indexOf(name(parameter));
  }

  /** The tasks that reach a group. */
  public BitSet tasks(int group) {
    return (BitSet) tasks.get(group).clone();
  }
}
