package io.taskweave.engine.sharded;

/**
 * A few rows of one view copied side by side out of their pages, where the update rule's loops are
 * long. Copied back afterwards.
 */
final class RowWindow {
  private static final int FLOATS = 4096;

  private final RowStore store;
  private final RowLayout layout;
  private final int view;
  private final int rows;
  private final float[] weights;
  private final float[][] accumulators;

  RowWindow(RowStore store, int view) {
    this.store = store;
    this.layout = store.layout();
    this.view = view;
    int stateWidth = layout.stateWidth(view);
    this.rows = Math.max(1, FLOATS / stateWidth);
    this.weights = new float[rows * layout.width(view)];
    this.accumulators = new float[layout.accumulators()][rows * stateWidth];
  }

  /** Rows that fit. */
  int rows() {
    return rows;
  }

  /** [rows, width]. */
  float[] weights() {
    return weights;
  }

  /** Each [rows, width], with a value a task where these take their own steps. */
  float[][] accumulators() {
    return accumulators;
  }

  void readWeights(TouchedRows touched, int from, int count) {
    int width = layout.width(view);
    for (int i = 0; i < count; i++) {
      int slot = touched.slot(from + i);
      int at = store.offset(slot) + layout.weightOffset(view);
      System.arraycopy(store.page(slot), at, weights, i * width, width);
    }
  }

  void read(TouchedRows touched, int from, int count) {
    touched.fetch(from, count, layout.weightOffset(view), layout.width(view));
    int states = accumulators.length * layout.stateWidth(view);
    touched.fetch(from, count, layout.stateOffset(view, 0), states);
    readWeights(touched, from, count);
    int width = layout.stateWidth(view);
    for (int i = 0; i < count; i++) {
      int slot = touched.slot(from + i);
      for (int a = 0; a < accumulators.length; a++) {
        int at = store.offset(slot) + layout.stateOffset(view, a);
        System.arraycopy(store.page(slot), at, accumulators[a], i * width, width);
      }
    }
  }

  void write(TouchedRows touched, int from, int count) {
    int width = layout.width(view);
    int stateWidth = layout.stateWidth(view);
    for (int i = 0; i < count; i++) {
      int slot = touched.slot(from + i);
      float[] page = store.page(slot);
      int row = store.offset(slot);
      System.arraycopy(weights, i * width, page, row + layout.weightOffset(view), width);
      for (int a = 0; a < accumulators.length; a++) {
        int at = row + layout.stateOffset(view, a);
        System.arraycopy(accumulators[a], i * stateWidth, page, at, stateWidth);
      }
    }
  }
}
