package io.taskweave.engine.sharded;

import java.util.Arrays;

/**
 * The rows of one store that a step updates, each once however many threads read it, and the sums
 * of their gradients.
 */
final class TouchedRows {
  private final RowLayout layout;
  private final RowStore store;
  private final float[][] gradients;
  private int[] slots = {};
  private int count;
  private int alwaysTouched;

  TouchedRows(RowStore store) {
    this.store = store;
    this.layout = store.layout();
    this.gradients = new float[layout.views()][0];
  }

  void clear() {
    count = 0;
    alwaysTouched = 0;
  }

  /** Adds all rows of the store, whether any batch reads them or not. */
  void addAll() {
    for (int slot = 0; slot < store.rows(); slot++) {
      add(slot);
    }
    alwaysTouched = count;
  }

  int count() {
    return count;
  }

  int slot(int position) {
    return slots[position];
  }

  /** Brings a part of some of the rows into the processor's cache. */
  void fetch(int from, int count, int start, int floats) {
    store.fetch(slots, from, count, start, floats);
  }

  /**
   * Adds the row of a slot unless it is one of these.
   *
   * @return its position
   */
  int add(int slot) {
    int position = store.position(slot);
    // What an earlier batch left there is told apart by the slot that now has the position.
    if (position < count && slots[position] == slot) {
      return position;
    }
    if (count == slots.length) {
      slots = Arrays.copyOf(slots, Math.max(64, count + count / 2));
    }
    store.setPosition(slot, count);
    slots[count] = slot;
    return count++;
  }

  /** Begins to sum a task's gradients of a view, once all rows are added. */
  GradientSum sum(int view, int task) {
    int width = gradientWidth(view);
    if (task == 0) {
      gradients[view] = atLeast(gradients[view], Math.multiplyExact(count, width));
      Arrays.fill(gradients[view], 0, alwaysTouched * width, 0f);
    }
    return new GradientSum(
        gradients[view], layout.width(view), layout.slots(view), task, alwaysTouched);
  }

  private static float[] atLeast(float[] array, int size) {
    return array.length >= size ? array : new float[size + size / 4];
  }

  RowLayout layout() {
    return layout;
  }

  int views() {
    return gradients.length;
  }

  int gradientWidth(int view) {
    return layout.width(view) * layout.slots(view);
  }

  /** Sums of a view's gradients, once they are summed: [rows, width, slots]. */
  float[] gradients(int view) {
    return gradients[view];
  }

  /** Forgets the rows whose gradients are all zero. */
  void keepMoved() {
    int kept = 0;
    for (int position = 0; position < count; position++) {
      if (!moved(position)) {
        continue;
      }
      if (kept < position) {
        for (int view = 0; view < gradients.length; view++) {
          int width = gradientWidth(view);
          System.arraycopy(gradients[view], position * width, gradients[view], kept * width, width);
        }
        slots[kept] = slots[position];
        store.setPosition(slots[kept], kept);
      }
      kept++;
    }
    count = kept;
  }

  private boolean moved(int position) {
    for (int view = 0; view < gradients.length; view++) {
      int width = gradientWidth(view);
      if (anyNonzero(gradients[view], position * width, width)) {
        return true;
      }
    }
    return false;
  }

  private static boolean anyNonzero(float[] values, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (values[i] != 0) {
        return true;
      }
    }
    return false;
  }
}
