package io.taskweave.engine.sharded;

import static io.taskweave.engine.sharded.IdIndex.NONE;

import io.taskweave.core.dominance.MeasuredGroups;
import io.taskweave.core.dominance.ShareSummary;
import io.taskweave.core.sample.Field;
import io.taskweave.core.update.SlotUpdate;
import io.taskweave.core.update.TableDecay;
import java.util.List;

/** The rows that one thread owns, of all tables. No other thread touches them. */
final class RowShard {
  private static final float[] NO_STEP_WEIGHTS = {};

  /** So few that they stay in the cache until they are copied. */
  private static final int FETCHED_ROWS = 64;

  private final int shard;
  private final ShardedPlan plan;
  private final TableDecay decay;
  private final RowStore[] stores;
  private final TouchedRows[] touched;
  private final RowWindow[][] windows;
  private final SlotUpdate[][] slotUpdates;

  /** Positions of the rows that each reader of a table was given, among the touched ones. */
  private final int[][][] served;

  private final MissedSteps missed;
  private final Sightings[] waiting;
  private final float[][] fresh;
  private final RowMeter[][] meters;
  private final RateHistory rates;
  private int[] slots = {};

  /**
   * @param shard its number among all
   */
  RowShard(int shard, ShardedPlan plan, List<RowLayout> tables, RateHistory rates) {
    this.shard = shard;
    this.rates = rates;
    this.plan = plan;
    this.decay = plan.training().decay();
    this.stores = new RowStore[tables.size()];
    this.touched = new TouchedRows[stores.length];
    this.windows = new RowWindow[stores.length][];
    this.slotUpdates = new SlotUpdate[stores.length][];
    this.served = new int[stores.length][plan.shards()][0];
    this.missed = new MissedSteps(plan, rates);
    this.waiting = new Sightings[stores.length];
    this.fresh = new float[stores.length][];
    this.meters = new RowMeter[stores.length][];
    for (int table = 0; table < stores.length; table++) {
      RowLayout layout = tables.get(table);
      long expected = layout.tableRows() / plan.shards() + 1L;
      stores[table] = new RowStore(layout, plan.training().seed(), expected);
      waiting[table] = new Sightings();
      fresh[table] = new float[layout.weights()];
      touched[table] = new TouchedRows(stores[table]);
      meters[table] = new RowMeter[layout.views()];
      windows[table] = new RowWindow[layout.views()];
      slotUpdates[table] = new SlotUpdate[layout.views()];
      for (int view = 0; view < layout.views(); view++) {
        windows[table][view] = new RowWindow(stores[table], view);
        slotUpdates[table][view] = new SlotUpdate(plan.rule(), layout.slots(view));
      }
    }
  }

  RowStore store(int table) {
    return stores[table];
  }

  /** The ids of a table that wait for a row. */
  Sightings waiting(int table) {
    return waiting[table];
  }

  /** Measures which task moves what, from the next {@link #startMeters} on. */
  void measure() {
    for (int table = 0; table < stores.length; table++) {
      for (int view = 0; view < meters[table].length; view++) {
        if (stores[table].layout().parameter(view).shared()) {
          meters[table][view] = new RowMeter(plan, stores[table], view, rates);
        }
      }
    }
  }

  void startMeters(long firstCounted) {
    forEachMeter((table, view, meter) -> meter.start(firstCounted));
  }

  private interface Metered {
    void visit(int table, int view, RowMeter meter);
  }

  private void forEachMeter(Metered metered) {
    for (int table = 0; table < stores.length; table++) {
      for (int view = 0; view < meters[table].length; view++) {
        if (meters[table][view] != null) {
          metered.visit(table, view, meters[table][view]);
        }
      }
    }
  }

  /**
   * Adds what was measured up to a step.
   *
   * @param summaries one a group
   */
  void addTo(MeasuredGroups groups, ShareSummary[] summaries, int step) {
    forEachMeter(
        (table, view, meter) ->
            summaries[groups.of(stores[table].layout().parameter(view))].merge(
                meter.summary(step)));
  }

  /** Makes every row that this shard owns, where all rows take part in all steps. */
  void createAll() {
    for (RowStore store : stores) {
      long key = Owner.key(store.layout().table());
      for (int id = 0; id < store.layout().tableRows(); id++) {
        if (Owner.of(key, id, plan.shards()) == shard) {
          store.findOrCreate(id, 1);
        }
      }
    }
  }

  /** Begins a step: its batch has not named any rows yet. */
  void begin() {
    for (TouchedRows rows : touched) {
      rows.clear();
      if (plan.updates() == RowUpdates.DENSE) {
        rows.addAll();
      }
    }
  }

  /**
   * Gives a thread the rows that it wants, as they are before a step.
   *
   * @param reader number of the thread among all executors'
   * @param step from 1
   */
  void serve(int table, int reader, BatchRows batch, int step) {
    int wanted = batch.wanted(shard);
    slots = atLeast(slots, wanted);
    served[table][reader] = atLeast(served[table][reader], wanted);
    findRows(table, batch, step);
    putRows(table, batch);
    for (int i = 0; i < wanted; i++) {
      served[table][reader][i] = slots[i] == NONE ? NONE : touched[table].add(slots[i]);
    }
  }

  private static int[] atLeast(int[] array, int size) {
    return array.length >= size ? array : new int[size + size / 2];
  }

  /** Finds the slots of the rows that a batch wants, in a loop that waits for many at once. */
  private void findRows(int table, BatchRows batch, int step) {
    int wanted = batch.wanted(shard);
    for (int i = 0; i < wanted; i++) {
      slots[i] = stores[table].find(batch.id(batch.number(shard, i)));
    }
    for (int i = 0; i < wanted; i++) {
      long id = batch.id(batch.number(shard, i));
      slots[i] = admitted(table, id, slots[i], step) ? current(table, id, slots[i], step) : NONE;
    }
  }

  private void putRows(int table, BatchRows batch) {
    RowStore store = stores[table];
    int wanted = batch.wanted(shard);
    for (int from = 0; from < wanted; from += FETCHED_ROWS) {
      int to = Math.min(wanted, from + FETCHED_ROWS);
      store.fetch(slots, from, to - from, 0, store.layout().weights());
      for (int i = from; i < to; i++) {
        putWeights(table, batch, batch.number(shard, i), slots[i]);
      }
    }
  }

  private void putWeights(int table, BatchRows batch, int number, int slot) {
    RowStore store = stores[table];
    if (slot == NONE) {
      store.initialWeights(batch.id(number), fresh[table], 0);
      batch.putWeights(number, fresh[table], 0);
    } else {
      batch.putWeights(number, store.page(slot), store.offset(slot));
    }
  }

  /** Whether an id has a row of its own, or gets it in this step. */
  private boolean admitted(int table, long id, int slot, int step) {
    return !plan.lifetime().admits()
        || id <= Field.UNKNOWN_ID
        || slot != NONE
        || waiting[table].see(id, step) >= plan.lifetime().minimumCount();
  }

  private int current(int table, long id, int found, int step) {
    RowStore store = stores[table];
    int slot = found == NONE ? store.create(id, step) : found;
    if (store.lastStep(slot) < step - 1) {
      if (plan.updates() == RowUpdates.CATCH_UP) {
        for (RowMeter meter : meters[table]) {
          if (meter != null) {
            meter.catchUp(slot, step - 1);
          }
        }
        missed.replay(
            store.layout(), store.page(slot), store.offset(slot), store.lastStep(slot), step - 1);
      }
      store.setLastStep(slot, step - 1);
    }
    return slot;
  }

  /**
   * At the end of an epoch: lets rows go that were not seen for long, and forgets ids that wait no
   * more.
   *
   * @return rows that are gone, by table
   */
  int[] settle(long step, int stepsPerEpoch) {
    RowLifetime lifetime = plan.lifetime();
    long since = lifetime.since(step, stepsPerEpoch);
    int[] gone = new int[stores.length];
    for (int table = 0; table < stores.length; table++) {
      RowStore store = stores[table];
      waiting[table].forget(id -> store.find(id) != NONE, since);
      gone[table] = lifetime.evicts() ? store.evict(since) : 0;
    }
    return gone;
  }

  /**
   * Sums the gradients of the rows that were given out, thread after thread.
   *
   * @param batches of all readers, in the order in which they were served
   * @param probed whether there are those of single tasks too
   */
  void merge(int table, List<? extends BatchRows> batches, boolean probed, int step) {
    TouchedRows rows = touched[table];
    RowLayout layout = stores[table].layout();
    for (int view = 0; view < layout.views(); view++) {
      for (int task = 0; task < layout.slots(view); task++) {
        GradientSum sum = rows.sum(view, task);
        for (int reader = 0; reader < batches.size(); reader++) {
          BatchRows batch = batches.get(reader);
          int width = layout.width(view);
          addGradients(sum, batch, batch.gradient(view, task), width, served[table][reader]);
        }
      }
    }
    if (plan.updates() != RowUpdates.DENSE) {
      rows.keepMoved();
    }
    for (RowMeter meter : meters[table]) {
      if (probed && meter != null) {
        meter.takeGradients(rows, batches, shard, served[table], step);
      }
    }
    if (decay.kind() != TableDecay.Kind.NONE) {
      addDecay(table);
    }
  }

  private void addGradients(
      GradientSum sum, BatchRows batch, float[] gradient, int width, int[] positions) {
    int wanted = batch.wanted(shard);
    for (int i = 0; i < wanted; i++) {
      if (positions[i] != NONE) {
        sum.add(positions[i], gradient, batch.number(shard, i) * width);
      }
    }
  }

  private void addDecay(int table) {
    TouchedRows rows = touched[table];
    RowLayout layout = stores[table].layout();
    for (int view = 0; view < layout.views(); view++) {
      RowWindow window = windows[table][view];
      int width = layout.width(view);
      // With a gradient a task the term belongs to none of them: it shrinks weights at the update.
      int summed = layout.slots(view) == 1 ? rows.count() : 0;
      for (int from = 0; from < summed; from += window.rows()) {
        int count = Math.min(window.rows(), summed - from);
        window.readWeights(rows, from, count);
        decay.addGradient(window.weights(), 0, rows.gradients(view), from * width, count, width, 1);
      }
    }
  }

  /** Adds the products of the step's gradients, L2 term included. */
  void addProducts(StepProducts products) {
    for (TouchedRows rows : touched) {
      RowLayout layout = rows.layout();
      for (int view = 0; view < rows.views(); view++) {
        int weights = rows.count() * layout.width(view);
        if (layout.slots(view) > 1) {
          products.addShared(rows.gradients(view), 0, weights);
        } else {
          int task = StepProducts.taskOf(layout.parameter(view));
          products.addSingle(rows.gradients(view), 0, weights, task);
        }
      }
    }
  }

  /**
   * Updates the step's rows.
   *
   * @param measured whether the step is measured, where tasks take one together
   */
  void update(int step, double rate, GradientTransform transform, boolean measured) {
    for (int table = 0; table < stores.length; table++) {
      TouchedRows rows = touched[table];
      for (int view = 0; view < stores[table].layout().views(); view++) {
        RowWindow window = windows[table][view];
        for (int from = 0; from < rows.count(); from += window.rows()) {
          int count = Math.min(window.rows(), rows.count() - from);
          window.read(rows, from, count);
          update(table, view, from, count, step, rate, transform, measured);
          window.write(rows, from, count);
        }
      }
      for (int position = 0; position < rows.count(); position++) {
        stores[table].setLastStep(rows.slot(position), step);
      }
    }
  }

  private void update(
      int table,
      int view,
      int from,
      int count,
      int step,
      double rate,
      GradientTransform transform,
      boolean measured) {
    RowMeter meter = meters[table][view];
    RowLayout layout = stores[table].layout();
    RowWindow window = windows[table][view];
    float[] gradients = touched[table].gradients(view);
    int width = layout.width(view);
    int tasks = layout.slots(view);
    int at = from * width * tasks;
    boolean perTask = tasks > 1 && plan.perTask();
    if (perTask) {
      decay.shrink(window.weights(), 0, gradients, at, count, width, tasks, rate);
    }
    if (tasks > 1) {
      transform.applyShared(gradients, at, count * width);
    } else {
      transform.applySingle(
          StepProducts.taskOf(layout.parameter(view)), gradients, at, count * width);
    }
    if (tasks > 1 && !perTask) {
      if (meter != null) {
        meter.takeSlots(touched[table], from, count, step);
      }
      decay.addGradient(window.weights(), 0, gradients, at, count, width, tasks);
      slotUpdates[table][view].combined(
          window.weights(), 0, gradients, at, window.accumulators(), 0, count * width, rate, step);
    } else {
      slotUpdates[table][view].perTask(
          window.weights(),
          0,
          gradients,
          at,
          window.accumulators(),
          0,
          count * width,
          rate,
          step,
          perTask ? plan.stepWeights() : NO_STEP_WEIGHTS,
          perTask && meter != null ? meter.steps(touched[table], from, step) : null);
    }
    if (measured && meter != null) {
      float[] squares = window.accumulators()[layout.accumulators() - 1];
      float factor = tasks > 1 ? 1 : transform.factor(0);
      meter.observe(touched[table], from, count, factor, squares, rate, step);
    }
  }

  /**
   * Copies a row as it stands after a step, and leaves the row as it is: an id that was never seen
   * has its initial weights. Safe for many threads while none changes rows.
   *
   * @param replay work space of the calling thread
   * @param row receives weights and accumulators
   */
  void peek(int table, long id, int step, MissedSteps replay, float[] row) {
    RowStore store = stores[table];
    int slot = store.find(id);
    if (slot < 0) {
      store.initialWeights(id, row, 0);
      return;
    }
    System.arraycopy(store.page(slot), store.offset(slot), row, 0, store.layout().floats());
    if (plan.updates() == RowUpdates.CATCH_UP && store.lastStep(slot) < step) {
      replay.replay(store.layout(), row, 0, store.lastStep(slot), step);
    }
  }
}
