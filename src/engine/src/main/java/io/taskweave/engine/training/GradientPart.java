package io.taskweave.engine.training;

import io.taskweave.core.parameter.GradientSlots;
import io.taskweave.core.update.TableDecay;

/**
 * One part's weights and gradients between the sum over all executors and the update.
 *
 * @param weights array with the part's weights from {@code weightOffset} on; gradients likewise
 */
@SuppressWarnings("ArrayRecordComponent")
record GradientPart(
    WeightRoles roles,
    int index,
    float[] weights,
    int weightOffset,
    float[] gradients,
    int gradientOffset) {

  private GradientSlots slots() {
    return roles.slots();
  }

  private GradientSlots.Part part() {
    return slots().part(index);
  }

  /**
   * The L2 term of tables whose gradients are summed over tasks, before clipping. A row that a cut
   * divides is judged by the part on this side; likewise below.
   */
  void decaySummedTables(TableDecay decay) {
    decay(
        decay,
        false,
        (weight, gradient, rows, width) ->
            decay.addGradient(weights, weight, gradients, gradient, rows, width, 1));
  }

  /** The L2 term of tables with a slot a task, under a rule that takes one step for all. */
  void decayBesideTasks(TableDecay decay) {
    decay(
        decay,
        true,
        (weight, gradient, rows, width) ->
            decay.addGradient(weights, weight, gradients, gradient, rows, width, slots().tasks()));
  }

  /** The L2 term of tables with a slot a task, each of which takes its own step. */
  void shrinkTables(TableDecay decay, double learningRate) {
    decay(
        decay,
        true,
        (weight, gradient, rows, width) ->
            decay.shrink(
                weights, weight, gradients, gradient, rows, width, slots().tasks(), learningRate));
  }

  /** Receives rows of a table by the places of their weights and gradients. */
  private interface Rows {
    void visit(int weight, int gradient, int rows, int width);
  }

  private void decay(TableDecay decay, boolean slotted, Rows term) {
    if (decay.kind() == TableDecay.Kind.NONE) {
      return;
    }
    GradientSlots.Part part = part();
    for (WeightRoles.Table table : roles.tables()) {
      if (slotted != table.first() < slots().shared()) {
        continue;
      }
      int firstHere = slotted ? part.firstShared() : part.firstSingle();
      int from = Math.max(firstHere, table.first());
      int to = Math.min(firstHere + (slotted ? part.shared() : part.single()), table.end());
      while (from < to) {
        int inRow = (from - table.first()) % table.width();
        int rows = inRow == 0 ? (to - from) / table.width() : 0;
        int width = rows > 0 ? table.width() : Math.min(table.width() - inRow, to - from);
        int count = Math.max(1, rows);
        int place = from - firstHere + (slotted ? 0 : part.singleOffset());
        int gradientPlace = place * (slotted ? slots().tasks() : 1);
        term.visit(weightOffset + place, gradientOffset + gradientPlace, count, width);
        from += count * width;
      }
    }
  }

  /**
   * @param cross whether to take the products of different tasks' gradients
   */
  GradientProducts products(boolean cross) {
    GradientSlots.Part part = part();
    GradientProducts products = new GradientProducts(roles.tasks());
    int tasks = slots().tasks();
    for (int i = 0; tasks > 1 && i < tasks; i++) {
      for (int k = i; k < (cross ? tasks : i + 1); k++) {
        products
            .shared(i, k)
            .add(gradients, gradientOffset + i, gradientOffset + k, tasks, part.shared());
      }
    }
    roles.forEachOwned(
        part.firstSingle(),
        part.firstSingle() + part.single(),
        (task, from, to) ->
            products.single(task).add(gradients, singlePlace(part, from), to - from));
    return products;
  }

  private int singlePlace(GradientSlots.Part part, int weight) {
    return gradientOffset + part.singleOffset() + weight - part.firstSingle();
  }

  /** Squares of each task's gradient of the last shared layer. */
  double[] lastSharedSquares() {
    GradientSlots.Part part = part();
    int tasks = slots().tasks();
    int from = Math.max(part.firstShared(), roles.lastShared().first());
    int to = Math.min(part.firstShared() + part.shared(), roles.lastShared().end());
    double[] squares = new double[roles.tasks()];
    for (int task = 0; tasks > 1 && task < tasks && from < to; task++) {
      ProductSum sum = new ProductSum();
      int place = gradientOffset + (from - part.firstShared()) * tasks + task;
      sum.add(gradients, place, place, tasks, to - from);
      squares[task] = sum.value();
    }
    return squares;
  }

  void transform(GradientTransform transform) {
    GradientSlots.Part part = part();
    if (slots().tasks() > 1) {
      transform.applyShared(gradients, gradientOffset, part.shared());
    }
    roles.forEachOwned(
        part.firstSingle(),
        part.firstSingle() + part.single(),
        (task, from, to) ->
            transform.applySingle(task, gradients, singlePlace(part, from), to - from));
  }
}
