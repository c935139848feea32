package io.taskweave.engine.training;

import io.taskweave.core.error.RetryException;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockReader;
import io.taskweave.core.sample.SampleLayout;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Chunks that lie on the executor's disk. In memory are the one in use and the next, which a thread
 * of its own reads meanwhile.
 */
final class StreamedChunks implements SampleChunks {
  private static final long serialVersionUID = 1;

  private final SampleLayout layout;
  private final long seed;
  private final int firstStream;
  private final List<File> files;
  private transient StreamPartition current;
  private transient long currentPlace;
  private transient FutureTask<StreamPartition> ahead;
  private transient long aheadPlace;

  /**
   * A chunk on disk, sorted by stream and sample id.
   *
   * @param size of the file
   * @param bytes that it takes in memory
   * @param longestStream rows of it
   */
  record File(String path, long size, int rows, long bytes, int longestStream)
      implements Serializable {}

  StreamedChunks(SampleLayout layout, long seed, int firstStream, List<File> files) {
    this.layout = layout;
    this.seed = seed;
    this.firstStream = firstStream;
    this.files = List.copyOf(files);
  }

  List<Path> paths() {
    return files.stream().map(file -> Path.of(file.path())).toList();
  }

  /** What a chunk takes in memory, its order within an epoch included. */
  static long bytes(SampleBlock block) {
    return block.bytes() + (long) Integer.BYTES * block.rows();
  }

  @Override
  public Sizes sizes() {
    return new Sizes(
        files.stream().mapToLong(File::rows).sum(),
        files.stream().mapToLong(File::bytes).sum(),
        files.stream().mapToInt(File::longestStream).toArray());
  }

  @Override
  public synchronized StreamPartition use(int epoch, int position) {
    long place = place(epoch, position);
    if (current == null || currentPlace != place) {
      // Only now is the chunk before out of use: there is room for the one after.
      current = null;
      current = read(place);
      currentPlace = place;
      readAhead(place + 1);
    }
    return current;
  }

  @Override
  public synchronized StreamPartition look(int epoch, int position) {
    long place = place(epoch, position);
    return current != null && currentPlace == place ? current : read(place);
  }

  /** Chunks counted through all epochs. */
  private long place(int epoch, int position) {
    return (epoch - 1L) * files.size() + position;
  }

  private StreamPartition read(long place) {
    readAhead(place);
    try {
      return ahead.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException("Cannot read samples: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot go on training: interrupted", e);
    }
  }

  private void readAhead(long place) {
    if (ahead != null && aheadPlace == place) {
      return;
    }
    forgetAhead();
    ahead = new FutureTask<>(() -> load(place));
    aheadPlace = place;
    Thread thread = new Thread(ahead, "taskweave-samples");
    thread.setDaemon(true);
    thread.start();
  }

  private void forgetAhead() {
    if (ahead != null) {
      ahead.cancel(true);
      ahead = null;
    }
  }

  private StreamPartition load(long place) {
    int epoch = Math.toIntExact(place / files.size() + 1);
    int position = (int) (place % files.size());
    int chunk = ChunkOrder.permutation(seed, epoch, files.size())[position];
    SampleBlockReader.Entry entry = read(files.get(chunk));
    long key = CounterRandom.mix(CounterRandom.mix(seed, CounterRandom.hash("chunk")), chunk);
    StreamPartition samples = new StreamPartition(entry.block(), firstStream, entry.numbers(), key);
    samples.prepare(epoch);
    return samples;
  }

  private SampleBlockReader.Entry read(File file) {
    try (SampleBlockReader reader = new SampleBlockReader(Path.of(file.path()), layout)) {
      if (reader.size() != file.size()) {
        throw new IOException(
            file.path() + " has " + reader.size() + " bytes instead of " + file.size());
      }
      return reader.next();
    } catch (IOException e) {
      throw lost(e);
    }
  }

  static RetryException lost(IOException e) {
    return new RetryException(
        "Cannot go on training: samples on disk are lost or damaged ("
            + e.getMessage()
            + "), resume from the last checkpoint, which writes them anew",
        e);
  }

  @Override
  public synchronized void close() {
    forgetAhead();
    current = null;
    ChunkWriter.delete(paths());
  }
}
