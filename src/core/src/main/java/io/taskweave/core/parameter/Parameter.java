package io.taskweave.core.parameter;

import java.util.Arrays;
import java.util.BitSet;

/**
 * One trained array of a model.
 *
 * <p>The name is a path that a person can read, such as {@code embedding/task-like/user_id} or
 * {@code experts/shared/linear0/weight}; it names the tensor in weight files. The tasks are those
 * whose loss can reach the parameter.
 */
public final class Parameter {
  private final String name;
  private final int[] shape;
  private final BitSet tasks;
  private final Initialization initialization;
  private final boolean table;
  private final String ids;

  private Parameter(
      String name,
      int[] shape,
      BitSet tasks,
      Initialization initialization,
      boolean table,
      String ids) {
    this.name = name;
    this.shape = shape.clone();
    this.tasks = (BitSet) tasks.clone();
    this.initialization = initialization;
    this.table = table;
    this.ids = ids;
  }

  /**
   * An embedding table of shape [rows, width]: it takes the table's L2 term, and a sharded engine
   * may keep its rows apart.
   */
  public static Parameter table(
      String name, int rows, int width, BitSet tasks, Initialization initialization) {
    return new Parameter(name, new int[] {rows, width}, tasks, initialization, true, null);
  }

  /**
   * A table whose rows are read by the ids of samples and by nothing else.
   *
   * @param ids table that the samples' layout gives to these ids
   */
  public static Parameter tableOfIds(
      String name, String ids, int rows, int width, BitSet tasks, Initialization initialization) {
    return new Parameter(name, new int[] {rows, width}, tasks, initialization, true, ids);
  }

  /** A weight or bias that every batch reads as a whole. */
  public static Parameter dense(
      String name, int[] shape, BitSet tasks, Initialization initialization) {
    return new Parameter(name, shape, tasks, initialization, false, null);
  }

  public String name() {
    return name;
  }

  public int[] shape() {
    return shape.clone();
  }

  public int size() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /** The tasks whose loss can reach it. */
  public BitSet tasks() {
    return (BitSet) tasks.clone();
  }

  public boolean reachedBy(int task) {
    return tasks.get(task);
  }

  /** Whether the losses of several tasks reach it, so that it has a gradient per task. */
  public boolean shared() {
    return tasks.cardinality() > 1;
  }

  public boolean isTable() {
    return table;
  }

  /** The samples' table of ids that this table's rows are read by, or null if there is none. */
  public String ids() {
    return ids;
  }

  /** Writes the initial values. Rows are those of the first axis. */
  public void initialize(long seed, float[] target, int offset) {
    int rows = shape[0];
    int width = size() / rows;
    for (int row = 0; row < rows; row++) {
      initializeRow(seed, row, target, offset + row * width, width);
    }
  }

  /** Writes the initial values of one row. */
  public void initializeRow(long seed, long row, float[] target, int offset, int width) {
    initialization.fill(seed, name, row, target, offset, width);
  }

  @Override
  public String toString() {
    return name + Arrays.toString(shape);
  }
}
