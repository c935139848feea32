package io.taskweave.engine.training;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockReader;
import io.taskweave.core.sample.SampleBlockWriter;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.cluster.SampleMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkEnv;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Writes the chunks of one executor to its disk. Pieces are appended to a file of their chunk as
 * they come, and chunks are sorted one after the other, so that one of them and its pieces are in
 * memory at a time.
 */
final class ChunkWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkWriter.class);

  private final SampleLayout layout;
  private final SampleDivision division;
  private final int executor;
  private final SampleMemory memory;
  private final List<Path> files = new ArrayList<>();

  ChunkWriter(SampleLayout layout, SampleDivision division, int executor, SampleMemory memory) {
    this.layout = layout;
    this.division = division;
    this.executor = executor;
    this.memory = memory;
  }

  /**
   * @return one a chunk
   * @throws ConfigurationException if the disk has no room, or a chunk is too large for the memory
   */
  List<StreamedChunks.File> write(Iterator<Tuple2<Integer, SamplePiece>> pieces) {
    boolean complete = false;
    try {
      List<StreamedChunks.File> written = new ArrayList<>();
      Path[] unsorted = new Path[division.chunks()];
      Arrays.setAll(unsorted, chunk -> newFile());
      long[] bytes = new long[division.chunks()];
      while (pieces.hasNext()) {
        SamplePiece piece = pieces.next()._2();
        write(unsorted[piece.chunk()], piece.block(), piece.streams());
        bytes[piece.chunk()] += StreamedChunks.bytes(piece.block());
      }
      for (int chunk = 0; chunk < unsorted.length; chunk++) {
        memory.check(bytes[chunk]);
        written.add(sorted(unsorted[chunk]));
        delete(List.of(unsorted[chunk]));
      }
      complete = true;
      return written;
    } finally {
      if (!complete) {
        delete(files);
      }
    }
  }

  private static void write(Path file, SampleBlock block, int[] numbers) {
    try (SampleBlockWriter writer = new SampleBlockWriter(file)) {
      writer.write(block, numbers);
    } catch (IOException e) {
      throw new ConfigurationException(
          String.format(
              Locale.ROOT,
              "Cannot write samples to the disk: %s (%s, %,d MiB are free), give the folders of"
                  + " spark.local.dir more room, or executors more memory and set"
                  + " training.sample-memory higher",
              e.getMessage(),
              file,
              file.toFile().getUsableSpace() >> 20),
          e);
    }
  }

  private Path newFile() {
    // Spark chooses one of its folders, and removes it at its end.
    Path file =
        SparkEnv.get().blockManager().diskBlockManager().createTempLocalBlock()._2().toPath();
    files.add(file);
    return file;
  }

  private StreamedChunks.File sorted(Path unsorted) {
    PieceMerge merge =
        new PieceMerge(
            layout, read(unsorted), division.firstStream(executor), division.streamsOfExecutor());
    SampleBlock block = merge.block();
    Path file = newFile();
    write(file, block, merge.starts());
    return new StreamedChunks.File(
        file.toString(),
        file.toFile().length(),
        block.rows(),
        StreamedChunks.bytes(block),
        StreamPartition.longest(merge.starts()));
  }

  private List<SamplePiece> read(Path unsorted) {
    List<SamplePiece> pieces = new ArrayList<>();
    if (!Files.exists(unsorted)) {
      return pieces;
    }
    try (SampleBlockReader reader = new SampleBlockReader(unsorted, layout)) {
      while (reader.hasNext()) {
        SampleBlockReader.Entry entry = reader.next();
        pieces.add(new SamplePiece(0, entry.numbers(), entry.block()));
      }
      return pieces;
    } catch (IOException e) {
      throw StreamedChunks.lost(e);
    }
  }

  static void delete(List<Path> files) {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.warn("Cannot remove {}, Spark does at its end", file, e);
      }
    }
  }
}
