package io.taskweave.core.dominance;

import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.SlotLayout;
import java.io.Serializable;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which elements of a model dominance is measured on: those that several tasks reach, and of a
 * large parameter a sample of its rows, as {@link MeasuredRows} chooses.
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
    ParameterLayout layout = slots.parameters();
    MeasuredGroups groups = MeasuredGroups.of(layout);
    int[] places = new int[1024];
    int[] groupOfPlace = new int[1024];
    int count = 0;
    for (int index = 0; index < layout.count(); index++) {
      Parameter parameter = layout.get(index);
      if (!parameter.shared()) {
        continue;
      }
      int group = groups.of(parameter);
      int[] shape = parameter.shape();
      int width = shape[shape.length - 1];
      int rows = parameter.size() / width;
      MeasuredRows measured = MeasuredRows.of(parameter, seed, most);
      for (int row = 0; row < rows; row++) {
        if (!measured.hold(row)) {
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
        groups.names(),
        IntStream.range(0, groups.names().size()).mapToObj(groups::tasks).toList(),
        Arrays.copyOf(places, count),
        Arrays.copyOf(groupOfPlace, count));
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
