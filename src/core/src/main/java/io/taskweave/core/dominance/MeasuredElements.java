package io.taskweave.core.dominance;

import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.SlotLayout;
import io.taskweave.core.random.CounterRandom;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Which elements of a model dominance is measured on: those that several tasks reach, and of a
 * large parameter a sample of its rows, which are the vectors along its last axis. The choice
 * depends on seed, name and row alone, so every partition makes the same one.
 *
 * <p>Elements are numbered in the order of a flat array of weights. They form groups: a table is
 * one, the weight and the bias of a layer are one.
 */
public final class MeasuredElements implements Serializable {
  private static final long serialVersionUID = 1;

  private final List<String> groups;
  private final List<BitSet> tasks;
  private final int[] places;
  private final int[] groupOfPlace;

  private MeasuredElements(
      List<String> groups, List<BitSet> tasks, int[] places, int[] groupOfPlace) {
    this.groups = groups;
    this.tasks = tasks;
    this.places = places;
    this.groupOfPlace = groupOfPlace;
  }

  /**
   * Chooses.
   *
   * @param slots in whose order the elements are numbered
   * @param most expected number of elements of a parameter, at least 1; a smaller parameter is
   *     measured as a whole
   */
  public static MeasuredElements of(SlotLayout slots, long seed, int most) {
    if (most < 1) {
      throw new IllegalArgumentException(
          "Cannot sample elements: need at least 1 a parameter (" + most + ")");
    }
    ParameterLayout layout = slots.parameters();
    List<String> groups = new ArrayList<>();
    List<BitSet> tasks = new ArrayList<>();
    int[] places = new int[1024];
    int[] groupOfPlace = new int[1024];
    int count = 0;
    for (int index = 0; index < layout.count(); index++) {
      Parameter parameter = layout.get(index);
      if (!parameter.shared()) {
        continue;
      }
      String name = group(parameter);
      int group = groups.indexOf(name);
      if (group < 0) {
        group = groups.size();
        groups.add(name);
        tasks.add(new BitSet());
      }
      tasks.get(group).or(parameter.tasks());
      int[] shape = parameter.shape();
      int width = shape[shape.length - 1];
      int rows = parameter.size() / width;
      double part = (double) most / parameter.size();
      long key = CounterRandom.mix(seed, CounterRandom.hash("dominance/" + parameter.name()));
      for (int row = 0; row < rows; row++) {
        if (part < 1 && CounterRandom.uniform(key, row) >= part) {
          continue;
        }
        if (count + width > places.length) {
          int longer = Math.max(count + width, Math.multiplyExact(places.length, 2));
          places = Arrays.copyOf(places, longer);
          groupOfPlace = Arrays.copyOf(groupOfPlace, longer);
        }
        for (int i = 0; i < width; i++) {
          places[count] = slots.firstWeight(index) + row * width + i;
          groupOfPlace[count++] = group;
        }
      }
    }
    return new MeasuredElements(
        List.copyOf(groups),
        List.copyOf(tasks),
        Arrays.copyOf(places, count),
        Arrays.copyOf(groupOfPlace, count));
  }

  /** A layer is named by its folder, a table by itself. */
  private static String group(Parameter parameter) {
    String name = parameter.name();
    int folder = name.lastIndexOf('/');
    return parameter.isTable() || folder < 0 ? name : name.substring(0, folder);
  }

  /** Names, in the order of the model; such as {@code experts/shared/linear0}. */
  public List<String> groups() {
    return groups;
  }

  /** The tasks that reach a group. */
  public BitSet tasks(int group) {
    return (BitSet) tasks.get(group).clone();
  }

  public int count() {
    return places.length;
  }

  /** Number of an element's weight among all weights; ascends with the element. */
  public int place(int element) {
    return places[element];
  }

  /** Index into {@link #groups}. */
  public int groupOf(int element) {
    return groupOfPlace[element];
  }

  /** The first element that lies at a place or after it; {@link #count} if none does. */
  public int firstFrom(int place) {
    int found = Arrays.binarySearch(places, place);
    return found >= 0 ? found : -found - 1;
  }

  /**
   * Sums up, one summary a group; elements that nothing moved are left out.
   *
   * @param first the element that is the first of {@code averages}
   */
  public ShareSummary[] summaries(int first, UpdateAverages averages) {
    ShareSummary[] summaries = new ShareSummary[groups.size()];
    for (int group = 0; group < summaries.length; group++) {
      summaries[group] = new ShareSummary(averages.tasks());
    }
    double[] shares = new double[averages.tasks()];
    for (int i = 0; i < averages.elements(); i++) {
      if (averages.shares(i, shares)) {
        summaries[groupOf(first + i)].add(shares);
      }
    }
    return summaries;
  }
}
