package io.taskweave.engine.sharded;

import io.taskweave.core.layer.Vectors;
import java.util.Arrays;

/**
 * The rows of one store that a step updates, each once however many threads read it, and the sums
 * of their gradients: of each view [rows, width, slots].
 */
final class TouchedRows {
  private final RowLayout layout;
  private final RowStore store;
  private final float[][] gradients;
  private int[] slots = {};
  private int count;
  private int unasked;
  private int view;
  private int task;
  private int summed;

  TouchedRows(RowStore store) {
    this.store = store;
    this.layout = store.layout();
    this.gradients = new float[layout.views()][0];
  }

  void clear() {
    count = 0;
    unasked = 0;
  }

  /** Adds all rows of the store, whether any batch reads them or not. */
  void addAll() {
    for (int slot = 0; slot < store.rows(); slot++) {
      add(slot);
    }
    unasked = count;
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

  /** Begins to sum the gradients of a task, which {@link #addGradient} is given from now on. */
  void beginSum(int view, int task) {
    this.view = view;
    this.task = task;
    int width = gradientWidth(view);
    if (task == 0) {
      gradients[view] = atLeast(gradients[view], Math.multiplyExact(count, width));
      Arrays.fill(gradients[view], 0, unasked * width, 0f);
    }
    summed = unasked;
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

  float[] gradients(int view) {
    return gradients[view];
  }

  /**
   * Adds one thread's gradient of a row: [width] from {@code offset} on. Rows come first in the
   * order in which they were added, so that the first gradient of each can be told and is copied.
   */
  void addGradient(int position, float[] gradient, int offset) {
    int width = layout.width(view);
    int tasks = layout.slots(view);
    int to = position * width * tasks + task;
    boolean first = position >= summed;
    if (first) {
      summed = position + 1;
    }
    if (tasks > 1) {
      addStrided(gradients[view], to, tasks, gradient, offset, width, first);
    } else if (first) {
      System.arraycopy(gradient, offset, gradients[view], to, width);
    } else {
      Vectors.add(gradients[view], to, gradient, offset, width);
    }
  }

  private static void addStrided(
      float[] sums, int to, int stride, float[] gradient, int offset, int width, boolean first) {
    for (int i = 0; i < width; i++) {
      float before = first ? 0 : sums[to + i * stride];
      sums[to + i * stride] = before + gradient[offset + i];
    }
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
