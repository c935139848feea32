package io.taskweave.engine.sharded;

import io.taskweave.core.layer.Vectors;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** What a thread of another executor reads of the shards that lie here. */
final class RemoteRows implements BatchRows {
  private final RowLayout layout;
  private final int firstShard;
  private final int[] starts;
  private final float[][][] gradients;
  private float[][][] probes = {};
  private long[] ids = {};
  private float[] weights = {};

  /**
   * @param firstShard of this executor
   * @param shards of this executor
   */
  RemoteRows(RowLayout layout, int firstShard, int shards) {
    this.layout = layout;
    this.firstShard = firstShard;
    this.starts = new int[shards + 1];
    this.gradients = new float[layout.views()][][];
    for (int view = 0; view < gradients.length; view++) {
      gradients[view] = new float[layout.slots(view)][0];
    }
  }

  int count() {
    return starts[starts.length - 1];
  }

  /** Takes in what {@link BatchTable#writeIds} wrote. */
  void readIds(ByteBuffer request) {
    for (int shard = 0; shard < starts.length - 1; shard++) {
      starts[shard + 1] = starts[shard] + request.getInt();
    }
    if (ids.length < count()) {
      ids = new long[count() + count() / 2];
    }
    request.asLongBuffer().get(ids, 0, count());
    request.position(request.position() + count() * Long.BYTES);
    weights = Vectors.atLeast(weights, Math.multiplyExact(count(), layout.weights()));
  }

  /** Bytes that the weights of the requested rows take. */
  long weightBytes() {
    return (long) Float.BYTES * count() * layout.weights();
  }

  void writeWeights(FloatBuffer answer) {
    answer.put(weights, 0, count() * layout.weights());
  }

  /** Takes in what {@link BatchTable#writeGradients} wrote. */
  void readGradients(FloatBuffer sent, int probed) {
    for (int view = 0; view < gradients.length; view++) {
      for (int slot = 0; slot < gradients[view].length; slot++) {
        gradients[view][slot] = read(gradients[view][slot], view, sent);
      }
    }
    if (probes.length < probed) {
      probes = new float[probed][gradients.length][0];
    }
    for (int task = 0; task < probed; task++) {
      for (int view = 0; view < gradients.length; view++) {
        probes[task][view] = read(probes[task][view], view, sent);
      }
    }
  }

  private float[] read(float[] room, int view, FloatBuffer sent) {
    int size = count() * layout.width(view);
    float[] gradient = Vectors.atLeast(room, size);
    sent.get(gradient, 0, size);
    return gradient;
  }

  @Override
  public int wanted(int shard) {
    return starts[shard - firstShard + 1] - starts[shard - firstShard];
  }

  @Override
  public int number(int shard, int i) {
    return starts[shard - firstShard] + i;
  }

  @Override
  public long id(int number) {
    return ids[number];
  }

  @Override
  public void putWeights(int number, float[] page, int offset) {
    System.arraycopy(page, offset, weights, number * layout.weights(), layout.weights());
  }

  @Override
  public float[] gradient(int view, int slot) {
    return gradients[view][slot];
  }

  @Override
  public float[] probe(int view, int task) {
    return probes[task][view];
  }
}
