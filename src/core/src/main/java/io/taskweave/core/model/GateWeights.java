package io.taskweave.core.model;

import java.io.Serializable;
import java.util.List;

/**
 * How much each task's gate reads from each source: weight mass summed over rows. A row's masses
 * sum to 1 for each task.
 */
public final class GateWeights implements Serializable {
  private static final long serialVersionUID = 1;

  private final List<String> tasks;
  private final List<String> sources;
  private final double[][] sums;
  private long rows;

  /**
   * Starts at zero.
   *
   * @param sources as {@link MultiTaskModel#gateSources} names them: tasks and last {@code shared},
   *     or single experts or tables where no expert is a task's own
   */
  public GateWeights(List<String> tasks, List<String> sources) {
    this.tasks = List.copyOf(tasks);
    this.sources = List.copyOf(sources);
    this.sums = new double[tasks.size()][sources.size()];
  }

  public void add(int task, int source, double mass) {
    sums[task][source] += mass;
  }

  public void addRows(long count) {
    rows += count;
  }

  public void merge(GateWeights other) {
    for (int task = 0; task < sums.length; task++) {
      for (int source = 0; source < sums[task].length; source++) {
        sums[task][source] += other.sums[task][source];
      }
    }
    rows += other.rows;
  }

  public List<String> tasks() {
    return tasks;
  }

  public List<String> sources() {
    return sources;
  }

  public long rows() {
    return rows;
  }

  /** Mean mass a row, in [0, 1]; NaN before the first row. */
  public double mean(int task, int source) {
    return sums[task][source] / rows;
  }
}
