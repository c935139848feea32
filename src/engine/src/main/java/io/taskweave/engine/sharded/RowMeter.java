package io.taskweave.engine.sharded;

import io.taskweave.core.dominance.MeasuredRows;
import io.taskweave.core.dominance.ShareSummary;
import io.taskweave.core.dominance.UpdateAverages;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.TaskSteps;
import io.taskweave.core.update.UpdateRule;
import java.util.Arrays;
import java.util.List;

/**
 * What each task moves in the measured rows of one view, in one shard. A row is kept from the step
 * on in which it first moves. Where every task takes its own step, {@link #steps} hears of them;
 * where a rule takes one step for all, the meter has each task's gradient and keeps the means
 * itself. Not for several threads at once.
 */
final class RowMeter {
  private final ShardedPlan plan;
  private final RowStore store;
  private final int view;
  private final int width;
  private final int tasks;
  private final UpdateRule rule;
  private final RateHistory rates;
  private final MeasuredRows measured;
  private final float[] stepWeights;
  private final float[] deltas;
  private IdIndex index;
  private UpdateAverages averages;
  private int[] lastSteps;
  private float[] gradients;
  private float[] numerators;
  private long firstCounted;
  private boolean open;

  RowMeter(ShardedPlan plan, RowStore store, int view, RateHistory rates) {
    this.plan = plan;
    this.store = store;
    this.view = view;
    this.rates = rates;
    this.width = store.layout().width(view);
    this.tasks = plan.tasks();
    this.rule = plan.rule();
    this.measured =
        MeasuredRows.of(
            store.layout().parameter(view),
            plan.training().seed(),
            plan.training().dominance().sample());
    this.stepWeights = plan.stepWeights();
    this.deltas = new float[tasks];
  }

  /** Bytes of so many measured rows, array headers left out. */
  static long bytes(ShardedPlan plan, long rows, int width) {
    long apart = plan.perTask() ? 0 : 2L * Float.BYTES;
    long element = plan.tasks() * (Double.BYTES + apart);
    return IdIndex.bytes(rows) + rows * (Integer.BYTES + width * element);
  }

  /**
   * Forgets what was measured and begins anew.
   *
   * @param counted the first step whose updates are averaged
   */
  void start(long counted) {
    index = new IdIndex(0);
    averages = new UpdateAverages(tasks, 0, plan.training().dominance().decay());
    lastSteps = new int[0];
    gradients = new float[0];
    numerators = new float[0];
    firstCounted = counted;
    open = true;
  }

  /** Place of a measured row among those kept, after the given step; -1 if it is not measured. */
  private int place(long id, int step) {
    if (!measured.hold(id)) {
      return IdIndex.NONE;
    }
    int place = index.find(id);
    if (place == IdIndex.NONE) {
      place = append(id, step - 1);
    }
    if (lastSteps[place] < step - 1) {
      rest(place, step - 1);
    }
    lastSteps[place] = step;
    return place;
  }

  private int append(long id, int lastStep) {
    if (index.size() == index.capacity()) {
      int grown = Math.max(16, index.capacity() + index.capacity() / 2);
      index.reserve(grown);
      averages.reserve(grown * width);
      lastSteps = Arrays.copyOf(lastSteps, grown);
      if (!plan.perTask()) {
        gradients = Arrays.copyOf(gradients, grown * width * tasks);
        numerators = Arrays.copyOf(numerators, grown * width * tasks);
      }
    }
    int place = index.add(id);
    lastSteps[place] = lastStep;
    return place;
  }

  private void rest(int place, int upTo) {
    int missed = upTo - lastSteps[place];
    for (int i = place * width; i < (place + 1) * width; i++) {
      averages.rest(i, missed);
    }
    lastSteps[place] = upTo;
  }

  /**
   * Takes in the steps that a row has missed, in which its moments alone have moved it. Its moments
   * must be those of its own last step.
   *
   * @param upTo finished step, not before those already taken in
   */
  void catchUp(int slot, int upTo) {
    long id = store.id(slot);
    if (!open || !measured.hold(id)) {
      return;
    }
    int place = index.find(id);
    if (place == IdIndex.NONE) {
      if (!plan.perTask()) {
        return;
      }
      place = append(id, Math.max(store.lastStep(slot), (int) firstCounted - 1));
    }
    if (rule instanceof Adam adam) {
      int last = Math.min(upTo, store.lastStep(slot) + MissedSteps.replayed(adam));
      for (int step = lastSteps[place] + 1; step <= last; step++) {
        missed(adam, place, slot, step);
      }
    }
    if (lastSteps[place] < upTo) {
      rest(place, upTo);
    }
  }

  /** One step by a gradient of zero, from the row's moments of its last step. */
  private void missed(Adam adam, int place, int slot, int step) {
    int steps = step - store.lastStep(slot);
    float keepFirst = (float) Math.pow(adam.beta1(), steps);
    float keepSecond = (float) Math.pow(adam.beta2(), steps);
    UpdateRule.Scale scale = rule.scale(rates.rate(step), step);
    RowLayout layout = store.layout();
    float[] page = store.page(slot);
    int row = store.offset(slot);
    for (int i = 0; i < width; i++) {
      for (int task = 0; task < tasks; task++) {
        if (plan.perTask()) {
          int at = row + i * tasks + task;
          float factor = stepWeights.length > 0 ? stepWeights[task] : 1;
          deltas[task] =
              factor
                  * scale.delta(
                      keepFirst * page[at + layout.stateOffset(view, 0)],
                      keepSecond * page[at + layout.stateOffset(view, 1)]);
        } else {
          int at = (place * width + i) * tasks + task;
          numerators[at] = rule.numerator(numerators[at], 0);
          deltas[task] =
              scale.delta(numerators[at], keepSecond * page[row + i + layout.stateOffset(view, 1)]);
        }
      }
      count(place * width + i, step);
    }
    lastSteps[place] = step;
  }

  private void count(int element, int step) {
    for (int task = 0; step >= firstCounted && task < tasks; task++) {
      averages.add(task, element, deltas[task]);
    }
  }

  /** To hear of a step of some of its rows in which every task takes its own. */
  TaskSteps steps(TouchedRows rows, int from, int step) {
    return (first, count, ofTasks, changes) -> {
      for (int i = 0; i < count; ) {
        int row = (first + i) / width;
        int end = Math.min(count, (row + 1) * width - first);
        int place = place(store.id(rows.slot(from + row)), step);
        for (; place != IdIndex.NONE && i < end; i++) {
          System.arraycopy(changes, i * tasks, deltas, 0, tasks);
          count(place * width + first + i - row * width, step);
        }
        i = end;
      }
    };
  }

  /**
   * Takes the gradients of a step whose rule gets their sum: those of all tasks but one, and what
   * is left of the sum.
   *
   * @param served positions of the rows that a batch was given, one array a batch
   */
  void takeGradients(
      TouchedRows rows, List<? extends BatchRows> batches, int shard, int[][] served, int step) {
    for (int position = 0; position < rows.count(); position++) {
      int place = place(store.id(rows.slot(position)), step);
      if (place != IdIndex.NONE) {
        Arrays.fill(gradients, place * width * tasks, (place + 1) * width * tasks, 0f);
      }
    }
    for (int reader = 0; reader < batches.size(); reader++) {
      BatchRows batch = batches.get(reader);
      for (int i = 0; i < batch.wanted(shard); i++) {
        long id = batch.id(batch.number(shard, i));
        int place =
            served[reader][i] == IdIndex.NONE || !measured.hold(id) ? IdIndex.NONE : index.find(id);
        for (int task = 0; place != IdIndex.NONE && task < tasks - 1; task++) {
          add(place, task, batch.probe(view, task), batch.number(shard, i) * width);
        }
      }
    }
    for (int position = 0; position < rows.count(); position++) {
      int place = place(store.id(rows.slot(position)), step);
      for (int i = 0; place != IdIndex.NONE && i < width; i++) {
        int at = (place * width + i) * tasks;
        float rest = rows.gradients(view)[position * width + i];
        for (int task = 0; task < tasks - 1; task++) {
          rest -= gradients[at + task];
        }
        gradients[at + tasks - 1] = rest;
      }
    }
  }

  /** Takes the gradients of a step whose rule gets their sum, where they are kept apart. */
  void takeSlots(TouchedRows rows, int from, int count, int step) {
    float[] slots = rows.gradients(view);
    int length = width * tasks;
    for (int position = from; position < from + count; position++) {
      int place = place(store.id(rows.slot(position)), step);
      if (place != IdIndex.NONE) {
        System.arraycopy(slots, position * length, gradients, place * length, length);
      }
    }
  }

  private void add(int place, int task, float[] gradient, int offset) {
    for (int i = 0; i < width; i++) {
      gradients[(place * width + i) * tasks + task] += gradient[offset + i];
    }
  }

  /**
   * After the rule has moved some rows.
   *
   * @param factor that clipping has multiplied their gradients by
   * @param squares the rule's, [rows, width]
   */
  void observe(
      TouchedRows rows, int from, int count, float factor, float[] squares, double rate, int step) {
    UpdateRule.Scale scale = rule.scale(rate, step);
    for (int row = 0; row < count; row++) {
      int place = place(store.id(rows.slot(from + row)), step);
      for (int i = 0; place != IdIndex.NONE && i < width; i++) {
        for (int task = 0; task < tasks; task++) {
          int at = (place * width + i) * tasks + task;
          numerators[at] = rule.numerator(numerators[at], factor * gradients[at]);
          deltas[task] = scale.delta(numerators[at], squares[row * width + i]);
        }
        count(place * width + i, step);
      }
    }
  }

  /** Sums up, and measures no further unless every step is measured. */
  ShareSummary summary(int step) {
    for (int slot = 0; plan.updates() == RowUpdates.CATCH_UP && slot < store.rows(); slot++) {
      catchUp(slot, step);
    }
    ShareSummary summary = new ShareSummary(tasks);
    double[] shares = new double[tasks];
    for (int element = 0; element < index.size() * width; element++) {
      if (averages.shares(element, shares)) {
        summary.add(shares);
      }
    }
    open = plan.training().alwaysMeasured();
    return summary;
  }
}
