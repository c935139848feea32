package io.taskweave.engine.sharded;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.format.SafetensorsReader;
import io.taskweave.core.format.SafetensorsWriter;
import io.taskweave.core.format.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * What one executor adds to a checkpoint: its dense weights with their accumulators, and its rows
 * as they lie in memory, shard after shard. Whoever reads it takes the rows that it owns, so a
 * checkpoint serves any number of executors.
 */
final class ShardFile {
  private static final String STEPS = "steps";
  private static final String RATES = "rates";
  private static final String DENSE_SLICE = "dense_slice";
  private static final String DENSE = "dense";
  private static final String IDS = "ids";
  private static final String LAST_STEPS = "last_steps";
  private static final String ROWS = "rows";
  private static final String WAITING = "waiting";
  private static final int PIECE = 1 << 12;

  private ShardFile() {}

  static String name(int partition) {
    return "shard-" + partition + ".safetensors";
  }

  static void write(ExecutorState state, OutputStream output) throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    long[] rates = state.rates().toLongs();
    DenseSlice slice = state.dense().own();
    tensors.add(Tensor.longs(STEPS, 1));
    tensors.add(Tensor.longs(RATES, rates.length));
    tensors.add(Tensor.longs(DENSE_SLICE, 4));
    tensors.add(Tensor.floats(DENSE, floats(state.dense(), slice)));
    for (int shard = 0; shard < state.shards().size(); shard++) {
      for (int table = 0; table < state.tables().size(); table++) {
        RowStore store = state.shards().get(shard).store(table);
        String name = shard + "/" + store.layout().table() + "/";
        tensors.add(Tensor.longs(name + IDS, store.rows()));
        tensors.add(Tensor.longs(name + LAST_STEPS, store.rows()));
        tensors.add(Tensor.floats(name + ROWS, store.rows(), store.layout().floats()));
        if (state.plan().lifetime().admits()) {
          tensors.add(
              Tensor.longs(name + WAITING, state.shards().get(shard).waiting(table).ids(), 3));
        }
      }
    }
    try (SafetensorsWriter writer = new SafetensorsWriter(output, tensors, new TreeMap<>())) {
      writer.write(new long[] {state.stepsDone()}, 0, 1);
      writer.write(rates, 0, rates.length);
      writer.write(
          new long[] {slice.sharedFrom(), slice.sharedTo(), slice.singleFrom(), slice.singleTo()},
          0,
          4);
      forEachRange(state.dense(), slice, writer::write);
      for (RowShard shard : state.shards()) {
        for (int table = 0; table < state.tables().size(); table++) {
          write(shard.store(table), writer);
          if (state.plan().lifetime().admits()) {
            write(shard.waiting(table), writer);
          }
        }
      }
    }
  }

  /** Takes a range of an array. */
  private interface Range {
    void take(float[] values, int offset, int length) throws IOException;
  }

  /** Weights of a slice, then each accumulator's places of them. */
  private static void forEachRange(DensePart dense, DenseSlice slice, Range range)
      throws IOException {
    range.take(dense.weights(), slice.sharedFrom(), slice.shared());
    range.take(dense.weights(), slice.singleFrom(), slice.single());
    int shared = dense.statePlace(slice.sharedFrom());
    int single = dense.statePlace(slice.singleFrom());
    for (float[] accumulator : dense.accumulators()) {
      range.take(accumulator, shared, dense.statePlace(slice.sharedTo()) - shared);
      range.take(accumulator, single, dense.statePlace(slice.singleTo()) - single);
    }
  }

  private static int floats(DensePart dense, DenseSlice slice) {
    int places =
        dense.statePlace(slice.sharedTo())
            - dense.statePlace(slice.sharedFrom())
            + dense.statePlace(slice.singleTo())
            - dense.statePlace(slice.singleFrom());
    return slice.shared()
        + slice.single()
        + Math.multiplyExact(dense.accumulators().length, places);
  }

  private static void write(RowStore store, SafetensorsWriter writer) throws IOException {
    long[] piece = new long[PIECE];
    for (int column = 0; column < 2; column++) {
      for (int from = 0; from < store.rows(); from += PIECE) {
        int count = Math.min(PIECE, store.rows() - from);
        for (int i = 0; i < count; i++) {
          piece[i] = column == 0 ? store.id(from + i) : store.lastStep(from + i);
        }
        writer.write(piece, 0, count);
      }
    }
    for (int slot = 0; slot < store.rows(); slot++) {
      writer.write(store.page(slot), store.offset(slot), store.layout().floats());
    }
  }

  /** Of each id that waits: the id, the steps that have held it, and the last of them. */
  private static void write(Sightings waiting, SafetensorsWriter writer) throws IOException {
    for (int slot = 0; slot < waiting.ids(); slot++) {
      long[] sighting = {waiting.id(slot), waiting.count(slot), waiting.lastStep(slot)};
      writer.write(sighting, 0, sighting.length);
    }
  }

  /** What tells a state how to begin before it takes in rows. */
  record Header(int steps, RateHistory rates) {
    static Header read(InputStream input) throws IOException {
      SafetensorsReader reader = new SafetensorsReader(input);
      return of(reader);
    }

    private static Header of(SafetensorsReader reader) throws IOException {
      long[] steps = longs(reader, STEPS);
      return new Header(Math.toIntExact(steps[0]), RateHistory.of(longs(reader, RATES)));
    }
  }

  /**
   * Takes in dense weights, and the rows that the state owns.
   *
   * @return the dense weights that the file holds
   */
  static DenseSlice read(InputStream input, ExecutorState state) throws IOException {
    SafetensorsReader reader = new SafetensorsReader(input);
    Header header = Header.of(reader);
    if (header.steps() != state.stepsDone()) {
      throw new CheckpointException(
          "it is of step " + header.steps() + " beside one of step " + state.stepsDone());
    }
    DenseSlice slice = slice(longs(reader, DENSE_SLICE), state.denseLayout());
    require(reader.next(), Tensor.floats(DENSE, floats(state.dense(), slice)));
    forEachRange(state.dense(), slice, reader::read);
    for (Tensor ids = reader.next(); ids != null; ids = reader.next()) {
      String[] path = ids.name().split("/", 2);
      String table = path[path.length - 1].replaceAll("/" + IDS + "$", "");
      readRows(reader, ids, indexOf(state, table), state);
    }
    return slice;
  }

  private static DenseSlice slice(long[] bounds, DenseLayout layout) {
    DenseSlice slice =
        new DenseSlice((int) bounds[0], (int) bounds[1], (int) bounds[2], (int) bounds[3]);
    DenseSlice whole = DenseSlice.whole(layout);
    if (slice.sharedFrom() < 0
        || slice.shared() < 0
        || slice.sharedTo() > whole.sharedTo()
        || slice.singleFrom() < whole.singleFrom()
        || slice.single() < 0
        || slice.singleTo() > whole.singleTo()) {
      throw new CheckpointException("its dense weights are not of this model (" + slice + ")");
    }
    return slice;
  }

  private static int indexOf(ExecutorState state, String table) {
    for (int i = 0; i < state.tables().size(); i++) {
      if (state.tables().get(i).table().equals(table)) {
        return i;
      }
    }
    throw new CheckpointException("table " + table + " is not of this model");
  }

  private static void readRows(
      SafetensorsReader reader, Tensor announced, int table, ExecutorState state)
      throws IOException {
    RowLayout layout = state.tables().get(table);
    int count = Math.toIntExact(announced.elements());
    String name = announced.name().substring(0, announced.name().length() - IDS.length());
    require(announced, Tensor.longs(name + IDS, count));
    long[] ids = read(reader, count);
    require(reader.next(), Tensor.longs(name + LAST_STEPS, count));
    long[] lastSteps = read(reader, count);
    require(reader.next(), Tensor.floats(name + ROWS, count, layout.floats()));
    long ownerKey = Owner.key(layout.table());
    float[] foreign = new float[layout.floats()];
    for (int i = 0; i < count; i++) {
      RowShard owner = state.ownShard(Owner.of(ownerKey, ids[i], state.plan().shards()));
      if (owner == null) {
        reader.read(foreign, 0, foreign.length);
      } else {
        RowStore store = owner.store(table);
        int slot = store.append(ids[i], Math.toIntExact(lastSteps[i]));
        reader.read(store.page(slot), store.offset(slot), layout.floats());
      }
    }
    if (state.plan().lifetime().admits()) {
      readWaiting(reader, name + WAITING, table, state);
    }
  }

  private static void readWaiting(
      SafetensorsReader reader, String name, int table, ExecutorState state) throws IOException {
    Tensor present = reader.next();
    int count = present == null ? 0 : Math.toIntExact(present.elements() / 3);
    require(present, Tensor.longs(name, count, 3));
    long ownerKey = Owner.key(state.tables().get(table).table());
    long[] sighting = new long[3];
    for (int i = 0; i < count; i++) {
      reader.read(sighting, 0, sighting.length);
      RowShard owner = state.ownShard(Owner.of(ownerKey, sighting[0], state.plan().shards()));
      if (owner != null) {
        owner
            .waiting(table)
            .append(sighting[0], Math.toIntExact(sighting[1]), Math.toIntExact(sighting[2]));
      }
    }
  }

  private static long[] longs(SafetensorsReader reader, String name) throws IOException {
    Tensor tensor = reader.next();
    if (tensor == null || !tensor.name().equals(name)) {
      throw new CheckpointException("it does not hold " + name);
    }
    return read(reader, Math.toIntExact(tensor.elements()));
  }

  private static long[] read(SafetensorsReader reader, int count) throws IOException {
    long[] values = new long[count];
    reader.read(values, 0, count);
    return values;
  }

  private static void require(Tensor present, Tensor wanted) {
    if (!wanted.equals(present)) {
      throw new CheckpointException("it holds " + present + " where " + wanted + " belongs");
    }
  }
}
