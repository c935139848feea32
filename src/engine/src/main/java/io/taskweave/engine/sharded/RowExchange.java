package io.taskweave.engine.sharded;

import io.taskweave.engine.sharded.StepBlocks.Kind;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows and their gradients between one executor and the others. Where there are no others it has
 * nothing to do, and threads read each other's memory.
 */
final class RowExchange {
  private final int self;
  private final int executors;
  private final int cores;
  private final Threads threads;
  private final StepBlocks blocks;
  private final RemoteRows[][] remote;

  /**
   * @param self number of this executor
   */
  RowExchange(
      int self, ShardedPlan plan, List<RowLayout> tables, Threads threads, StepBlocks blocks) {
    this.self = self;
    this.executors = plan.executors();
    this.cores = plan.cores();
    this.threads = threads;
    this.blocks = blocks;
    this.remote = new RemoteRows[plan.shards()][tables.size()];
    for (int reader = 0; reader < remote.length; reader++) {
      for (int table = 0; table < tables.size(); table++) {
        if (reader / cores != self) {
          remote[reader][table] = new RemoteRows(tables.get(table), self * cores, cores);
        }
      }
    }
  }

  /**
   * The rows of one table that each thread of all executors reads.
   *
   * @param ahead whether in the step that workers look ahead to
   */
  List<BatchRows> readers(int table, List<Worker> workers, boolean ahead) {
    List<BatchRows> readers = new ArrayList<>(remote.length);
    for (int reader = 0; reader < remote.length; reader++) {
      if (reader / cores == self) {
        Worker worker = workers.get(reader - self * cores);
        readers.add((ahead ? worker.tablesAhead() : worker.tables()).get(table));
      } else {
        readers.add(remote[reader][table]);
      }
    }
    return readers;
  }

  private interface Peer {
    void meet(int executor);
  }

  private void forEachPeer(Peer peer) {
    if (executors == 1) {
      return;
    }
    threads.run(
        thread -> {
          for (int executor = thread; executor < executors; executor += cores) {
            if (executor != self) {
              peer.meet(executor);
            }
          }
        });
  }

  /** Asks for the rows of the batch that workers look ahead to. */
  void sendIds(long step, List<Worker> workers) {
    forEachPeer(
        to -> {
          long bytes = 0;
          for (Worker worker : workers) {
            for (BatchTable table : worker.tablesAhead()) {
              bytes += table.idBytes(to * cores, (to + 1) * cores);
            }
          }
          ByteBuffer buffer = StepBlocks.buffer(step, bytes);
          for (Worker worker : workers) {
            for (BatchTable table : worker.tablesAhead()) {
              table.writeIds(to * cores, (to + 1) * cores, buffer);
            }
          }
          blocks.put(Kind.IDS, step, self, to, buffer);
        });
  }

  void receiveIds(long step) {
    forEachPeer(
        from -> {
          ByteBuffer buffer = blocks.take(Kind.IDS, step, from, self);
          for (int reader = from * cores; reader < (from + 1) * cores; reader++) {
            for (RemoteRows table : remote[reader]) {
              table.readIds(buffer);
            }
          }
        });
  }

  void sendWeights(long step) {
    forEachPeer(
        to -> {
          long bytes = 0;
          for (int reader = to * cores; reader < (to + 1) * cores; reader++) {
            for (RemoteRows table : remote[reader]) {
              bytes += table.weightBytes();
            }
          }
          ByteBuffer buffer = StepBlocks.buffer(step, bytes);
          FloatBuffer floats = buffer.asFloatBuffer();
          for (int reader = to * cores; reader < (to + 1) * cores; reader++) {
            for (RemoteRows table : remote[reader]) {
              table.writeWeights(floats);
            }
          }
          blocks.put(Kind.WEIGHTS, step, self, to, buffer);
        });
  }

  void receiveWeights(long step, List<Worker> workers) {
    forEachPeer(
        from -> {
          FloatBuffer floats = blocks.take(Kind.WEIGHTS, step, from, self).asFloatBuffer();
          for (Worker worker : workers) {
            for (BatchTable table : worker.tables()) {
              table.readWeights(from * cores, (from + 1) * cores, floats);
            }
          }
        });
  }

  /**
   * @param probed tasks whose own gradients are sent too
   */
  void sendGradients(long step, List<Worker> workers, int probed) {
    forEachPeer(
        to -> {
          long bytes = 0;
          for (Worker worker : workers) {
            for (BatchTable table : worker.tables()) {
              bytes += table.gradientBytes(to * cores, (to + 1) * cores, probed);
            }
          }
          ByteBuffer buffer = StepBlocks.buffer(step, bytes);
          FloatBuffer floats = buffer.asFloatBuffer();
          for (Worker worker : workers) {
            for (BatchTable table : worker.tables()) {
              table.writeGradients(to * cores, (to + 1) * cores, probed, floats);
            }
          }
          blocks.put(Kind.GRADIENTS, step, self, to, buffer);
        });
  }

  /** Sends the single tasks' gradients of the dense weights that the others measure. */
  void sendProbes(long step, DenseMeter meter) {
    for (int to = 0; to < executors; to++) {
      if (to != self) {
        ByteBuffer buffer = StepBlocks.buffer(step, meter.probeBytes(to));
        meter.writeProbes(to, buffer.asFloatBuffer());
        blocks.put(Kind.PROBES, step, self, to, buffer);
      }
    }
  }

  void receiveProbes(long step, DenseMeter meter) {
    for (int from = 0; from < executors; from++) {
      if (from != self) {
        meter.addProbes(blocks.take(Kind.PROBES, step, from, self).asFloatBuffer());
      }
    }
  }

  void receiveGradients(long step, int probed) {
    forEachPeer(
        from -> {
          FloatBuffer floats = blocks.take(Kind.GRADIENTS, step, from, self).asFloatBuffer();
          for (int reader = from * cores; reader < (from + 1) * cores; reader++) {
            for (RemoteRows table : remote[reader]) {
              table.readGradients(floats, probed);
            }
          }
        });
  }
}
