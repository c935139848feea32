package io.taskweave.engine.sharded;

import io.taskweave.engine.training.InitialWeights;

/** Puts known weights where the state of one executor keeps them, before the first step. */
final class StartingRows implements InitialWeights.Rows {
  private final ExecutorState state;
  private final int[] denseOffsets;
  private final int[] tables;
  private final int[] views;
  private final long[] ownerKeys;

  StartingRows(ExecutorState state) {
    int parameters = state.denseLayout().model().count();
    this.state = state;
    this.denseOffsets = new int[parameters];
    this.tables = new int[parameters];
    this.views = new int[parameters];
    this.ownerKeys = new long[state.tables().size()];
    for (int parameter = 0; parameter < parameters; parameter++) {
      int place = state.denseLayout().place(parameter);
      denseOffsets[parameter] = place < 0 ? -1 : state.denseLayout().parameters().offset(place);
    }
    for (int table = 0; table < ownerKeys.length; table++) {
      RowLayout layout = state.tables().get(table);
      ownerKeys[table] = Owner.key(layout.table());
      for (int view = 0; view < layout.views(); view++) {
        tables[layout.parameterIndex(view)] = table;
        views[layout.parameterIndex(view)] = view;
      }
    }
  }

  @Override
  public void put(int parameter, int row, float[] values) {
    int dense = denseOffsets[parameter];
    if (dense >= 0) {
      System.arraycopy(
          values, 0, state.dense().weights(), dense + row * values.length, values.length);
      return;
    }
    int table = tables[parameter];
    RowShard owner = state.ownShard(Owner.of(ownerKeys[table], row, state.plan().shards()));
    if (owner != null) {
      RowStore store = owner.store(table);
      int slot = store.findOrCreate(row, 1);
      int at = store.offset(slot) + store.layout().weightOffset(views[parameter]);
      System.arraycopy(values, 0, store.page(slot), at, values.length);
    }
  }
}
